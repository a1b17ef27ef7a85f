"""Reference files: read as they come, only the rows asked for, and a clear word about what cannot be read."""

from __future__ import annotations

import gzip
import tracemalloc
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from screener.errors import UsageError
from screener.reference import load_reference

XIAOMI, LEI = "KYG9830T1067", "254900IW4TQ0LHTHM841"
# GLEIF's relationship file, and ESMA's reference data as a table, the underlying's ISIN among its columns.
GLEIF = f'"LEI","ISIN"\n"213800AAAAAAAAAAAA00","XS1234567890"\n"{LEI}","{XIAOMI}"\n'
FIRDS = (
    "RefData_FinInstrmGnlAttrbts_Id;RefData_FinInstrmGnlAttrbts_FullNm;RefData_Issr;DerivInstrmAttrbts_UndrlygInstrm_ISIN\n"
    f"{XIAOMI};XIAOMI/SH CL B;{LEI};\n"
)


def links(path: Path, *isins: str) -> list[list[str]]:
    found = load_reference([path], isins or (XIAOMI,)).links
    return [[str(value) for value in row] for row in found.itertuples(index=False)]


def test_gleifs_file_as_it_comes_packed_or_not(tmp_path: Path) -> None:
    plain, packed, zipped = (tmp_path / name for name in ("lei.csv", "lei.csv.gz", "lei.zip"))
    plain.write_text(GLEIF, encoding="utf-8-sig")
    packed.write_bytes(gzip.compress(GLEIF.encode()))
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("readme.md", "no table")
        archive.writestr("lei-isin.csv", GLEIF)
    for path in (plain, packed, zipped):
        assert links(path) == [[XIAOMI, LEI, "", path.name]]


def test_firds_as_a_table(tmp_path: Path) -> None:
    (tmp_path / "FULINS_E.csv").write_text(FIRDS, encoding="utf-8")
    assert links(tmp_path / "FULINS_E.csv") == [[XIAOMI, LEI, "XIAOMI/SH CL B", "FULINS_E.csv"]]


def test_parquet_with_other_columns_beside(tmp_path: Path) -> None:
    table = pd.DataFrame({"n": [1, 2], "ISIN": [XIAOMI, "XS1"], "Issuer name": ["Xiaomi Corporation", None]})
    table.to_parquet(tmp_path / "vendor.parquet")
    assert links(tmp_path / "vendor.parquet") == [[XIAOMI, "", "Xiaomi Corporation", "vendor.parquet"]]
    assert links(tmp_path / "vendor.parquet", "XS1") == []  # a row that names nobody


def test_letters_that_are_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_bytes(f"ISIN,Issuer name\n{XIAOMI.lower()} ,Société X\n".encode("latin-1"))
    assert links(tmp_path / "l.csv") == [[XIAOMI, "", "Société X", "l.csv"]]


def test_rows_are_counted_and_those_that_do_not_fit_are_told(tmp_path: Path) -> None:
    (tmp_path / "lei.csv").write_text(f"{GLEIF}one value\n", encoding="utf-8")
    file = load_reference([tmp_path / "lei.csv"], [XIAOMI]).files[0]
    assert (file.rows, file.linked, file.skipped) == (2, 1, 1)
    assert "1 of 2 rows used, 1 rows that do not fit the headings skipped" in file.sentence()


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("nowhere.csv", None, "cannot be read (No such file"),
        ("empty.csv", b"", "is empty"),
        ("other.csv", b"a,b\n1,2\n", "no column with the ISIN; its columns are: a, b"),
        ("half.csv", b"ISIN,Price\nX,2\n", "no column with the issuer's LEI or name"),
        ("broken.zip", b"PK\x03\x04", "cannot be read (File is not a zip file)"),
        ("broken.parquet", b"PAR1", "cannot be read (Parquet"),
        ("broken.csv.gz", b"\x1f\x8bnothing", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(
    tmp_path: Path, name: str, content: bytes | None, complaint: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError) as refused:
        load_reference([tmp_path / name], [XIAOMI])
    assert name in str(refused.value)
    assert complaint in str(refused.value)


def test_no_file_says_nothing() -> None:
    reference = load_reference((), [XIAOMI])
    assert reference.links.empty
    assert reference.files == ()


FULINS = Path(__file__).resolve().parents[1] / "fixtures" / "reference" / "FULINS_E_20261121_01of01.xml"


def test_firds_as_it_is_published_packed_or_not(tmp_path: Path) -> None:
    packed, zipped = tmp_path / "FULINS_E.xml.gz", tmp_path / "FULINS_E.zip"
    packed.write_bytes(gzip.compress(FULINS.read_bytes()))
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(FULINS, FULINS.name)
    for path in (FULINS, packed, zipped):
        assert links(path) == [[XIAOMI, LEI, "XIAOMI CORP. CL.B", path.name]]
    file = load_reference([FULINS], [XIAOMI]).files[0]
    assert (file.rows, file.linked) == (3, 1)


def test_the_identifier_of_a_venue_or_an_underlying_is_not_the_securitys() -> None:
    assert links(FULINS, "DE0007164600") == [["DE0007164600", "529900D6BF99LW9R2E68", "SAP SE", FULINS.name]]
    assert links(FULINS, "XETA", "FRAA", "EU") == []


def test_changes_as_firds_publishes_them(tmp_path: Path) -> None:
    changed = FULINS.read_text(encoding="utf-8").replace("auth.017.001.02", "auth.036.001.02")
    changed = changed.replace("<RefData>", "<FinInstrm><ModfdRcrd>").replace(
        "</RefData>", "</ModfdRcrd></FinInstrm>"
    )
    (tmp_path / "DLTINS.xml").write_text(changed, encoding="utf-8")
    assert links(tmp_path / "DLTINS.xml") == [[XIAOMI, LEI, "XIAOMI CORP. CL.B", "DLTINS.xml"]]


def test_a_record_without_issuer_is_no_evidence_of_the_next(tmp_path: Path) -> None:
    text = FULINS.read_text(encoding="utf-8").replace(f"<Issr>{LEI}</Issr>", "")
    (tmp_path / "f.xml").write_text(text, encoding="utf-8")
    assert links(tmp_path / "f.xml") == [[XIAOMI, "", "XIAOMI CORP. CL.B", "f.xml"]]


def test_a_large_file_is_read_in_bounded_memory(tmp_path: Path) -> None:
    head, _, rest = FULINS.read_text(encoding="utf-8").partition("<RefData>")
    record = "<RefData>" + rest.partition("</RefData>")[0] + "</RefData>\n"
    tail = "</FinInstrmRptgRefDataRpt></Document></Pyld></BizData>"
    with (tmp_path / "large.xml").open("w", encoding="utf-8") as file:
        file.write(head)
        for number in range(45_000):
            file.write(record.replace(XIAOMI, f"XS{number:010}"))
        file.write(record + tail)
    tracemalloc.start()
    try:
        found = load_reference([tmp_path / "large.xml"], [XIAOMI, "XS0000000007"])
        assert tracemalloc.get_traced_memory()[1] < 40e6
    finally:
        tracemalloc.stop()
    assert found.files[0].rows == 45_001
    assert sorted(found.links["isin"]) == [XIAOMI, "XS0000000007"]


BOMB = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa">]><r>&a;</r>'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (BOMB, "declares a document type"),
        (FULINS.read_text(encoding="utf-8")[:1800], "cut off or damaged"),
        ("<html><body>Sign in</body></html>", "no instruments in it"),
        ("", "not well-formed"),
    ],
    ids=["entities", "cut off", "another document", "empty"],
)
def test_xml_that_is_not_of_firds_is_said(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "f.xml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"f\.xml: cannot be read") as refused:
        load_reference([tmp_path / "f.xml"], [XIAOMI])
    assert complaint in str(refused.value)


def test_a_zip_without_a_table_is_said(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("read.me", "nothing")
    with pytest.raises(UsageError, match="no csv or XML in it"):
        load_reference([tmp_path / "z.zip"], [XIAOMI])
