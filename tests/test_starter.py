"""What the starter dataset states, and what happens when a table is broken."""

from __future__ import annotations

import csv
import re
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from screener.errors import ConfigurationError, RestrictedListError
from screener.identifiers import is_valid
from screener.lists.model import Restricted
from screener.lists.starter import load_starter, programme_notes
from screener.settings import shipped_config

OFAC = "ofac-cons-2025-12-19"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "lists"
needs_lists = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the publishers' own files are not beside the checkout"
)
NEW_YORK = "T00:01 America/New_York"


@pytest.fixture(scope="module")
def starter() -> Restricted:
    return load_starter()


def entities_on(starter: Restricted, programme: str) -> list[str]:
    return starter.listings.loc[starter.listings["programme"] == programme, "entity_id"].tolist()


def history(starter: Restricted, listing_id: str) -> list[tuple[str, str]]:
    events = starter.events[starter.events["listing_id"] == listing_id]
    return list(zip(events["event"], events["at"], strict=True))


def names_of(starter: Restricted, entity_id: str, quality: str) -> set[str]:
    names = starter.names[(starter.names["entity_id"] == entity_id) & (starter.names["quality"] == quality)]
    return set(names["name"])


def printed_by_ofac(starter: Restricted, scheme: str) -> pd.DataFrame:
    rows = starter.identifiers
    return rows[(rows["scheme"] == scheme) & (rows["source_id"] == OFAC)]


def on_1260h(starter: Restricted, day: str) -> int:
    """How many 1260H listings are in force on ``day``: the last event so far is no removal."""
    events = starter.events[starter.events["listing_id"].str.startswith("1260h:")]
    so_far = events[events["at"].str[:10] <= day].sort_values("at", kind="stable")
    last = so_far.drop_duplicates("listing_id", keep="last")["event"]
    return int((last != "removed").sum())


# --- NS-CMIC


def test_cmic_counts(starter: Restricted) -> None:
    listed = entities_on(starter, "NS-CMIC")
    isins, tickers = printed_by_ofac(starter, "isin"), printed_by_ofac(starter, "ticker")
    assert len(listed) == len(set(listed)) == 68
    assert len(isins) == isins["value"].nunique() == 163
    assert len(tickers) == tickers["value"].nunique() == 69
    assert len(set(listed) - set(isins["entity_id"]) - set(tickers["entity_id"])) == 15


def test_exactly_three_printed_isins_fail_their_check_digit(starter: Restricted) -> None:
    isins = starter.identifiers.loc[starter.identifiers["scheme"] == "isin", "value"]
    wrong = {value for value in isins if not is_valid("isin", value)}
    assert wrong == {"BRC1EODR004", "CND10002K094", "CND10002G601"}


def test_identifiers_are_kept_as_printed(starter: Restricted) -> None:
    printed = set(printed_by_ofac(starter, "ticker")["value"])
    assert {"00883 HK", "0728 HK", "941 HK", "601698  CN", "603019CN", "CHA US"} <= printed


def test_cmic_dates_come_in_three_triples(starter: Restricted) -> None:
    listings = starter.listings.loc[starter.listings["programme"] == "NS-CMIC", "listing_id"]
    triples = Counter(tuple(sorted(history(starter, listing))) for listing in listings)

    def triple(listed: str, effective: str, end: str) -> tuple[tuple[str, str], ...]:
        return (("effective", effective + NEW_YORK), ("listed", listed), ("wind_down_end", end + NEW_YORK))

    assert triples == {
        triple("2021-06-03", "2021-08-02", "2022-06-03"): 59,
        triple("2021-12-10", "2022-02-08", "2022-12-10"): 1,
        triple("2021-12-16", "2022-02-14", "2022-12-16"): 8,
    }


def test_china_telecom_is_a_strong_name_of_two_entities(starter: Restricted) -> None:
    china_telecom = starter.names[starter.names["name"] == "CHINA TELECOM"]
    assert set(china_telecom["entity_id"]) == {"china-telecom-corp-ltd", "china-telecommunications-corp"}
    assert set(china_telecom["quality"]) == {"strong"}


def test_bare_acronyms_are_weak(starter: Restricted) -> None:
    assert "SMIC" in names_of(starter, "smic", "weak")
    assert "CCCC" in names_of(
        starter, "china-communications-construction-co-ltd", "weak"
    )  # from the spilled remarks
    assert "Huawei" in names_of(starter, "huawei-technologies", "weak")


# --- Section 1237


def test_44_companies_make_45_entities_because_luokung_was_listed_twice(starter: Restricted) -> None:
    listed = entities_on(starter, "CCMC")
    assert len(listed) == len(set(listed)) == 45
    assert len(set(listed) - {"luokong-as-published"}) == 44


def test_tranches_and_the_end_of_the_1237_list(starter: Restricted) -> None:
    events = starter.events[starter.events["listing_id"].str.startswith("ccmc:")]
    assert Counter(events.loc[events["event"] == "listed", "at"]) == {
        "2020-06-12": 20,
        "2020-08-28": 11,
        "2020-12-03": 4,
        "2021-01-14": 9,
        "2021-03-09": 1,
    }
    assert Counter(events.loc[events["event"] == "removed", "at"]) == {"2021-06-03": 44, "2021-03-09": 1}
    assert not set(events["event"]) & {"effective", "wind_down_end"}


def test_xiaomi_court_history(starter: Restricted) -> None:
    assert entities_on(starter, "NS-CMIC").count("xiaomi") == 0
    assert history(starter, "ccmc:xiaomi") == [
        ("listed", "2021-01-14"),
        ("enjoined", "2021-03-12"),
        ("vacated", "2021-05-25"),
        ("removed", "2021-06-03"),
    ]


def test_luokung_is_two_entities(starter: Restricted) -> None:
    assert history(starter, "ccmc:luokong-as-published") == [
        ("listed", "2021-01-14"),
        ("removed", "2021-03-09"),
    ]
    assert history(starter, "ccmc:luokung") == [
        ("listed", "2021-03-09"),
        ("enjoined", "2021-05-05"),
        ("removed", "2021-06-03"),
    ]
    assert "luokong-as-published" not in set(starter.identifiers["entity_id"])


def test_acronyms_in_brackets_are_taken_off_the_name(starter: Restricted) -> None:
    assert "Semiconductor Manufacturing International Corp." in names_of(starter, "smic", "strong")
    assert "China Construction Technology Co. Ltd." in names_of(
        starter, "china-construction-technology", "strong"
    )


# --- Section 1260H and the Entity List


@pytest.mark.parametrize(
    ("edition", "names"),
    [
        ("2021-06-03", 47),
        ("2022-10-05", 60),
        ("2024-01-31", 73),
        ("2025-01-07", 134),
        ("2026-06-08", 188),
    ],
)
def test_1260h_editions(starter: Restricted, edition: str, names: int) -> None:
    assert on_1260h(starter, edition) == names


def test_amec_and_idg_were_removed_by_notice(starter: Restricted) -> None:
    for entity in ("amec", "idg-capital-partners"):
        assert history(starter, f"1260h:{entity}") == [("listed", "2024-01-31"), ("removed", "2024-12-18")]


def test_the_withdrawn_notice_of_february_2026_left_no_trace(starter: Restricted) -> None:
    assert not starter.events["at"].str.startswith("2026-02").any()
    assert history(starter, "1260h:alibaba") == [("listed", "2026-06-08")]
    assert history(starter, "1260h:yangtze-memory-technologies") == [("listed", "2024-01-31")]


def test_hesai_stayed_though_only_a_footnote_names_it(starter: Restricted) -> None:
    assert history(starter, "1260h:hesai") == [("listed", "2024-01-31"), ("amended", "2024-10-29")]


def test_removals_that_we_computed_say_so(starter: Restricted) -> None:
    removed = starter.events[starter.events["event"] == "removed"].merge(starter.sources, on="source_id")
    marks = dict(zip(removed["listing_id"], removed["mark"], strict=True))
    assert marks["1260h:cnooc-ltd"] == "computed"
    assert marks["1260h:china-railway-construction-corp-ltd"] == "primary"


def test_companies_that_are_not_the_same_stay_apart(starter: Restricted) -> None:
    assert {"sensetime-group-ltd"} == set(entities_on(starter, "NS-CMIC")) & {
        "sensetime-group-ltd",
        "sensetime-group-inc",
    }
    assert "sensetime-group-inc" in entities_on(starter, "1260H")
    assert "china-shipbuilding-industry-corp" in entities_on(starter, "CCMC")
    assert "china-shipbuilding-industry-co-ltd" in entities_on(starter, "NS-CMIC")


def test_one_company_on_several_lists_is_one_entity(starter: Restricted) -> None:
    programmes = starter.listings.groupby("entity_id")["programme"].agg(set)
    assert programmes["smic"] == {"CCMC", "NS-CMIC", "1260H"}
    assert programmes["huawei-technologies"] == {"CCMC", "NS-CMIC", "1260H", "BIS-EL"}


def test_huawei_on_the_entity_list(starter: Restricted) -> None:
    assert history(starter, "bis-el:huawei-technologies") == [("listed", "2019-05-16")]
    assert history(starter, "bis-el:huawei-cloud-netherlands") == [("listed", "2020-08-17")]
    countries = starter.entities.set_index("entity_id")["country"]
    assert countries["huawei-cloud-netherlands"] == "NL"


# --- The whole


def test_every_fact_has_a_source_and_every_source_a_fact(starter: Restricted) -> None:
    tables = (starter.names, starter.identifiers, starter.listings, starter.events, starter.links)
    used = {source for table in tables for source in table["source_id"]}
    assert used == set(starter.sources["source_id"])


def test_dataset_says_what_it_is(starter: Restricted) -> None:
    (dataset,) = starter.datasets
    assert dataset.entries == len(starter.entities)
    assert dataset.programmes == ("1260H", "BIS-EL", "CCMC", "NS-CMIC")
    assert re.fullmatch("[0-9a-f]{64}", dataset.version)
    assert starter.events["at"].str[:10].max() <= dataset.kept_to.isoformat()
    notes = {note.programme: note for note in programme_notes()}
    assert set(notes) == set(dataset.programmes)
    assert notes["NS-CMIC"].kept_to == date(2025, 12, 19)
    assert "no legal effect" in notes["1260H"].covers


def test_tables_are_sorted_so_that_changes_are_easy_to_read(starter: Restricted) -> None:
    for table in (starter.entities, starter.names, starter.identifiers, starter.listings, starter.links):
        assert table["entity_id"].is_monotonic_increasing
    assert starter.sources["source_id"].is_monotonic_increasing


# --- Broken tables


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped_config() / "starter", tmp_path / "starter"))


def rewrite(file: Path, change: Callable[[str], str]) -> None:
    before = file.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    file.write_text(after, encoding="utf-8")


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        ("names", "xiaomi,Xiaomi Corporation,strong", "xiaomi,Xiaomi Corporation,stronk", "column quality, value 'stronk'"),
        ("names", "xiaomi,Xiaomi Corporation,", "xiaomy,Xiaomi Corporation,", "column entity_id, value 'xiaomy'"),
        ("names", "xiaomi,Xiaomi Corporation,", "xiaomi, Xiaomi Corporation,", "value ' Xiaomi Corporation': blank"),
        ("events", "ccmc:xiaomi,listed,2021-01-14", "ccmc:xiaomi,listed,14-1-2021", "column at, value '14-1-2021'"),
        ("events", "ccmc:xiaomi,listed,2021-01-14", "ccmc:xiaomi,listed,2021-02-30", "column at, value '2021-02-30'"),
        ("events", "America/New_York", "America/New_Yorck", "value '2021-08-02T00:01 America/New_Yorck'"),
        ("events", "ccmc:xiaomi,enjoined,2021-03-12,xiaomi-injunction", "ccmc:xiaomi,enjoined,2021-03-12,x", "not in sources.csv"),
        ("identifiers", "914403001922038216", "9.14403E+17", "column value, value '9.14403E+17'"),
        ("identifiers", "xiaomi,isin,", "xiaomi,iisn,", "column scheme, value 'iisn'"),
        ("listings", "ccmc:xiaomi,xiaomi", "ccmc:xiaomi2,xiaomi", "events.csv"),
        ("sources", ",primary\n", ",primarily\n", "column mark, value 'primarily'"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named(copy: Path, table: str, old: str, new: str, said: str) -> None:
    rewrite(copy / f"{table}.csv", lambda text: text.replace(old, new, 1))
    with pytest.raises(RestrictedListError, match=re.escape(said)) as caught:
        load_starter(copy)
    assert re.search(r"\w+\.csv, row \d+", str(caught.value))


def test_the_row_is_the_one_a_spreadsheet_shows(copy: Path) -> None:
    lines = (copy / "names.csv").read_text(encoding="utf-8").splitlines()
    lines[40] = lines[40].replace(",strong,", ",sure,").replace(",weak,", ",sure,")
    (copy / "names.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(
        RestrictedListError, match=re.escape("names.csv, row 41, column quality, value 'sure'")
    ):
        load_starter(copy)


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("links.csv", lambda text: text.replace("relation", "relatoin", 1), "column 'relatoin': unknown column"),
        ("names.csv", lambda text: text.replace(",", ";"), "unknown column"),
        ("dataset.toml", lambda text: text.replace("terms =", "term =", 1), "dataset.term: unknown key"),
        ("dataset.toml", lambda text: text.replace("kept_to = 2026-08-20", 'kept_to = "August"'), "'August' is not a day"),
    ],
)  # fmt: skip
def test_a_wrong_heading_or_key_is_named(
    copy: Path, file: str, change: Callable[[str], str], said: str
) -> None:
    rewrite(copy / file, change)
    with pytest.raises(ConfigurationError, match=re.escape(said)) as caught:
        load_starter(copy)
    assert file in str(caught.value)


def test_missing_and_unknown_files_are_named(copy: Path) -> None:
    (copy / "Copy of names.csv").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"Copy of names\.csv: unknown file"):
        load_starter(copy)
    (copy / "links.csv").unlink()
    with pytest.raises(ConfigurationError, match=r"links\.csv: no such file"):
        load_starter(copy)


def test_a_correction_changes_the_version_and_a_byte_order_mark_does_no_harm(
    copy: Path, starter: Restricted
) -> None:
    assert load_starter(copy).datasets == starter.datasets
    rewrite(copy / "entities.csv", lambda text: "\ufeff" + text)
    again = load_starter(copy)
    assert again.entities.equals(starter.entities)
    assert again.datasets[0].version != starter.datasets[0].version


# --- Against the publisher's own file


def _ofac_rows(name: str) -> list[list[str]]:
    text = (SHARED / "ofac" / "2025-12" / name).read_text(encoding="latin-1").replace("\x1a", "")
    return [[cell.strip() for cell in row] for row in csv.reader(text.splitlines()) if row]


@pytest.fixture(scope="module")
def remarks() -> dict[str, tuple[str, str]]:
    """OFAC's number -> name and whole remarks of every CMIC entity, the spilled part joined on."""
    spilled = {row[0]: row[1] for row in _ofac_rows("cons_comments.csv")}
    rows = [row for row in _ofac_rows("cons_prim.csv") if len(row) > 11 and row[3].startswith("CMIC")]
    return {row[0]: (row[1], row[11] + " " + spilled.get(row[0], "")) for row in rows}


@pytest.fixture(scope="module")
def by_number(starter: Restricted) -> dict[str, str]:
    numbers = starter.entities["note"].str.extract(r"OFAC entity (\d+)")[0]
    known = pd.Series(starter.entities["entity_id"].to_numpy(), index=numbers).loc[lambda s: s.index.notna()]
    return {str(number): str(entity) for number, entity in known.items()}


@needs_lists
def test_the_68_entities_are_ofacs(remarks: dict[str, tuple[str, str]], by_number: dict[str, str], starter: Restricted) -> None:  # fmt: skip
    assert set(remarks) == set(by_number)
    assert set(by_number.values()) == set(entities_on(starter, "NS-CMIC"))
    first = starter.entities.set_index("entity_id")["name"]
    printed = starter.listings[starter.listings["programme"] == "NS-CMIC"].set_index("entity_id")["printed"]
    for number, (name, _) in remarks.items():
        assert first[by_number[number]] == printed[by_number[number]] == name


@needs_lists
def test_names_are_ofacs(
    remarks: dict[str, tuple[str, str]], by_number: dict[str, str], starter: Restricted
) -> None:
    aliases = [(row[0], row[3]) for row in _ofac_rows("cons_alt.csv") if len(row) > 3 and row[0] in by_number]
    ours = starter.names[starter.names["source_id"] == OFAC]
    for number, (name, text) in remarks.items():
        strong = {name.casefold()} | {alias.casefold() for entity, alias in aliases if entity == number}
        strong |= {issuer.casefold() for issuer in re.findall(r"Issuer Name (.*?)(?:; |$)", text)}
        weak = {alias.casefold() for alias in re.findall(r"a\.k\.a\. '(.+?)'", text)} - strong
        mine = ours[ours["entity_id"] == by_number[number]]
        assert set(mine.loc[mine["quality"] == "strong", "name"].str.casefold()) == strong, name
        assert set(mine.loc[mine["quality"] == "weak", "name"].str.casefold()) == weak, name


@needs_lists
@pytest.mark.parametrize(
    ("scheme", "pattern"),
    [
        ("isin", r"ISIN ([A-Z0-9]+)"),
        ("ticker", r"Equity Ticker (.*?)(?=;|\.?\s*$)"),
        ("lei", r"Legal Entity Number (\w+)"),
        ("uscc", r"\(USCC\) (\w+)"),
        ("registration", r"(?:Company Number|C\.R\. No\.|Business Registration Number) (\w+)"),
    ],
)
def test_identifiers_are_ofacs(remarks: dict[str, tuple[str, str]], by_number: dict[str, str], starter: Restricted, scheme: str, pattern: str) -> None:  # fmt: skip
    theirs = {
        (by_number[number], value)
        for number, (_, text) in remarks.items()
        for value in re.findall(pattern, text)
    }
    rows = printed_by_ofac(starter, scheme)
    assert set(zip(rows["entity_id"], rows["value"], strict=True)) == theirs


@needs_lists
def test_dates_and_links_are_ofacs(remarks: dict[str, tuple[str, str]], by_number: dict[str, str], starter: Restricted) -> None:  # fmt: skip
    words = {"Listing Date": "listed", "Effective Date": "effective", "Purchase/Sales For Divestment Date": "wind_down_end"}  # fmt: skip
    ids = {name: by_number[number] for number, (name, _) in remarks.items()}
    links = set(zip(starter.links["entity_id"], starter.links["other"], strict=True))
    for number, (_, text) in remarks.items():
        entity = by_number[number]
        ours = {event: at[:10] for event, at in history(starter, f"ns-cmic:{entity}")}
        found = re.findall(rf"({'|'.join(map(re.escape, words))}) \(CMIC\) (\d\d \w\w\w \d{{4}})", text)
        assert ours == {words[what]: pd.Timestamp(day).date().isoformat() for what, day in found}
        for other in re.findall(r"Linked To: (.*?)\.?$", text.strip()):
            assert (entity, ids.get(other) or ids[other + "."]) in links


@needs_lists
def test_every_company_of_the_1237_tranches_is_there(starter: Restricted) -> None:
    with (SHARED / "dod" / "ccmc_1237_tranches.csv").open(encoding="utf-8") as file:
        theirs = {row["name_as_printed_in_source"] for row in csv.DictReader(file)}
    ours = starter.listings[starter.listings["programme"] == "CCMC"]
    assert set(ours["printed"]) == theirs | {"Luokung Technology Corp."}


@needs_lists
@pytest.mark.parametrize("edition", ["2025-01-07", "2026-06-08"])
def test_every_name_of_the_later_1260h_editions_is_held(starter: Restricted, edition: str) -> None:
    with (SHARED / "dod" / "1260h.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["Start date"] == edition]
    ours = {name.casefold().rstrip(".") for name in starter.names["name"]}

    def held(row: dict[str, str]) -> bool:
        name = row["Name"].replace("’", "'").rstrip("*. ")
        return {
            name.casefold(),
            re.sub(r"\s*\([^()]*(?:\([^()]*\))?[)\]]$", "", name).casefold().rstrip("."),
        } & ours != set()

    assert [row["Name"] for row in rows if not held(row)] == []
