"""The grammar of security descriptions: the issuer is left, the rest is kept as facts."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.matching.description import INSTRUMENTS, issuers, parse


def said(name: str) -> dict[str, str]:
    """The facts of one description, empty ones left out."""
    row = parse(pd.Series([name], dtype="str")).iloc[0]
    return {str(field): value for field, value in row.items() if value and field != "name"}


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("ABBVIE INC.  DL-,01", {"issuer": "ABBVIE INC.", "par_value": "0.01", "par_currency": "USD"}),
        ("ACCIONA SA INH.  EO 1", {"issuer": "ACCIONA SA", "par_value": "1", "par_currency": "EUR"}),
        (
            "CHINA CMNCTS CONSTR.H YC1",
            {"issuer": "CHINA CMNCTS CONSTR", "par_currency": "CNY", "share_class": "H"},
        ),
        (
            "PICK'N PAY STORES RC-0125",
            {"issuer": "PICK'N PAY STORES", "par_value": "0.0125", "par_currency": "ZAR"},
        ),
        ("BASLER AG O.N.", {"issuer": "BASLER AG", "par_value": "0"}),
        ("XIAOMI CORP. CL.B", {"issuer": "XIAOMI CORP.", "share_class": "B"}),
        ("XIAOMI-W", {"issuer": "XIAOMI", "share_class": "W"}),
        ("Alphabet Inc. Class A Common Stock", {"issuer": "ALPHABET INC.", "share_class": "A"}),
        ("BAY.MOTOREN WERKE  VZO", {"issuer": "BAY.MOTOREN WERKE", "share_class": "preferred"}),
        ("SON.HO.UN.ADR 1/5 SF -,05", {"issuer": "SON.HO", "receipt": "ADR", "instrument": "receipt"}),
        ("SISTEMA GDR REGS 1/50", {"issuer": "SISTEMA", "receipt": "GDR", "restriction": "REGS"}),
        ("AIRPORTS THAIL.-NVDR-BA 1", {"issuer": "AIRPORTS THAIL.", "receipt": "NVDR"}),
        ("TOYOTAMO    DRN", {"issuer": "TOYOTAMO", "receipt": "DR", "instrument": "receipt"}),
        (
            "PROVEN GLORY CAPITAL LTD 4% 02/21/27",
            {"coupon": "4", "maturity": "2027-02-21", "instrument": "bond"},
        ),
        ("PROVEN HONOUR CAP LTD 4.125% 05/06/26 144A", {"coupon": "4.125", "restriction": "144A"}),
        (
            "NORDEA MORTG.B. 15/27 MTN",
            {"issuer": "NORDEA MORTG.B.", "maturity": "2027", "instrument": "bond"},
        ),
        ("ACCIONA SA ACCIONA ORD SHS", {"issuer": "ACCIONA SA", "share_class": "ordinary"}),
        ("BANCO COMERCIAL PORTUGUES SA BA", {"issuer": "BANCO COMERCIAL PORTUGUES SA"}),
        ("TENCENT HOLDINGS LTD EQUITY", {"issuer": "TENCENT HOLDINGS LTD"}),
    ],
)
def test_what_a_description_says(name: str, facts: dict[str, str]) -> None:
    assert {field: said(name).get(field, "") for field in facts} == facts


@pytest.mark.parametrize(
    "tail",
    [
        " INC COM PAR $0.01",
        " INC COM CL A",
        " LTD CL B NON VTG",
        " PLC ORD GBP0.25",
        " LTD ORDINARY FULLY PAID",
        " TR SH BEN INT",
        " LP UNIT LTD PARTN",
        " LTD-$",
        " LTD FV RS.2",
        " SA PNA N2",
        " ON NM",
        " SAB-CPO",
        " CO LTD 1PFD",
        " PCL (F)",
        " AG INHABER-AKTIEN O.N.",
        " AG NA O.N. JGE",
        " CO LTD 'H'",
        " LTD UNSP/ADR",
        " INC SPON ADS EACH REP 8 ORD SHS",
        " LTD 4 3/8 04/18/28",
        " LTD V3.5 PERP",
        " LTD EMTN 2.5 2026",
        " LTD SR UNSECURED 4.1% 2030-05-01",
        " INC /DE/",
        " N2801",
    ],
)
def test_what_brokers_print_behind_the_issuer_is_taken_off(tail: str) -> None:
    form = tail.split(maxsplit=1)[0]
    bare = "ZUGSPITZ" + (
        f" {form}" if form in ("INC", "LTD", "PLC", "TR", "LP", "SA", "CO", "PCL", "AG") else ""
    )
    assert said(f"ZUGSPITZ{tail}")["issuer"] in (bare, f"{bare} LTD", "ZUGSPITZ SAB", "ZUGSPITZ LTD")


@pytest.mark.parametrize(
    "name", ["BET-AT-HOME.COM", "MEDIA 6", "NEO 1", "WANT WANT", "S.A.", "ADR", "A", "1", "DL-,01", "H"]
)
def test_a_name_is_never_emptied(name: str) -> None:
    assert said(name)["issuer"]


@pytest.mark.parametrize(
    "name", ["MEDIA 6", "WANT WANT CHINA", "EURONAV NV", "LIAONING PORT", "STUDIO BABELSBERG AG"]
)
def test_names_without_a_tail_stay_whole(name: str) -> None:
    assert said(name)["issuer"] == name


def test_scripts_marks_and_blanks_are_folded() -> None:
    names = pd.Series(
        ["Télé\u00a0vision  Fran\u200fçaise", "Сбербанк", "\u202aXIAOMI\u202c\tCORP", "中国海洋石油"],
        dtype="str",
    )
    assert list(issuers(names)) == ["TELE VISION FRANCAISE", "SBER BANK", "XIAOMI CORP", "CHINA OFFSHORE OIL"]


def test_the_index_of_the_names_is_kept() -> None:
    names = pd.Series(["XIAOMI-W", "BASLER AG O.N.", "XIAOMI-W"], index=[7, 3, 9], dtype="str")
    rows = parse(names)
    assert list(rows.index) == [7, 3, 9]
    assert list(rows["issuer"]) == ["XIAOMI", "BASLER AG", "XIAOMI"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_text_can_be_read(texts: list[str]) -> None:
    rows = parse(pd.Series(texts, dtype="str"))
    assert list(rows["name"]) == texts
    assert set(rows["instrument"]) <= set(INSTRUMENTS)


@settings(max_examples=50, deadline=None)
@given(
    issuer=st.sampled_from(["ZUGSPITZ HOLDING AG", "TATA STEEL LTD", "BASLER AG", "CHINA MOBILE LIMITED"]),
    code=st.sampled_from(["DL", "EO", "LS", "HD", "YC", "SK", "RC"]),
    amount=st.sampled_from(["1", "-,01", "-,0001", "0,25", "2,50", " 100", " -,10"]),
)
def test_a_par_value_leaves_the_issuer_alone(issuer: str, code: str, amount: str) -> None:
    assert said(f"{issuer}  {code}{amount}")["issuer"] == issuer
