"""The law of the program: dates by the rule's own arithmetic, and never an unlawful instruction."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.errors import ConfigurationError, UsageError
from screener.rules.days import When
from screener.rules.decision import Rules, rule
from screener.rules.investors import load_investor
from screener.rules.programmes import load_programmes
from screener.rules.timeline import Event, status
from tests.samples import ROOT

PROGRAMMES = load_programmes()
PROFILES = {path.stem: load_investor(path.stem) for path in (ROOT / "config" / "investors").glob("*.toml")}
DAYS = st.dates(date(2019, 1, 1), date(2030, 12, 31))
NEW_YORK = "America/New_York"


def _events(*told: tuple[str, str]) -> list[Event]:
    return [Event(event, When.parse(at)) for event, at in told]


@pytest.mark.parametrize(
    ("instant", "last"),
    [
        (f"2022-06-03T00:01 {NEW_YORK}", "2022-06-02"),  # a window that ends at 00:01 on the printed date
        (f"2021-11-11T23:59 {NEW_YORK}", "2021-11-11"),  # 11:59 p.m.: the day itself is still allowed
        (f"2021-01-11T09:30 {NEW_YORK}", "2021-01-10"),
        ("2021-01-11", "2021-01-11"),
    ],
)
def test_last_full_day(instant: str, last: str) -> None:
    assert When.parse(instant).last_full_day == date.fromisoformat(last)


def test_day_counts_of_a_new_ns_cmic_listing() -> None:
    """A listing without printed dates gets 60 and 365 days, whenever it comes."""
    now = status(_events(("listed", "2027-03-01")), PROGRAMMES.get("NS-CMIC"), date(2027, 3, 2))
    assert (now.effective, now.until) == (date(2027, 4, 30), date(2028, 2, 28))
    assert "listed 1 Mar 2027 + 60 days = 30 Apr 2027" in now.story


def test_printed_dates_go_before_day_counts() -> None:
    events = _events(
        ("listed", "2021-06-03"),
        ("effective", f"2021-08-03T00:01 {NEW_YORK}"),
        ("wind_down_end", f"2022-06-04T00:01 {NEW_YORK}"),
    )
    now = status(events, PROGRAMMES.get("NS-CMIC"), date(2021, 7, 1))
    assert (now.effective, now.until) == (date(2021, 8, 3), date(2022, 6, 3))


def test_an_injunction_that_lifts_puts_the_listing_back() -> None:
    events = _events(("listed", "2021-01-14"), ("enjoined", "2021-03-12"), ("stay_lifted", "2021-04-01"))
    states = [status(events, PROGRAMMES.get("CCMC"), date(2021, month, 20)).state for month in (2, 3, 4)]
    assert states == ["listed", "enjoined", "listed"]


def test_a_licence_opens_a_window() -> None:
    events = _events(
        ("listed", "2021-06-03"),
        ("licence_from", "2023-01-01"),
        ("licence_to", f"2023-02-01T00:01 {NEW_YORK}"),
    )
    rulings = [
        rule("x", "NS-CMIC", events, Rules(PROGRAMMES, PROFILES["us"], day))
        for day in (date(2022, 12, 31), date(2023, 1, 31), date(2023, 2, 1))
    ]
    assert [(one.action, one.until) for one in rulings if one] == [
        ("HOLD", ""),
        ("DIVEST", "2023-01-31"),
        ("HOLD", ""),
    ]


def test_events_out_of_order_are_put_in_order() -> None:
    events = _events(("vacated", "2021-05-25"), ("enjoined", "2021-03-12"), ("listed", "2021-01-14"))
    assert status(events, PROGRAMMES.get("CCMC"), date(2021, 6, 1)).state == "vacated"


def test_a_programme_without_a_table_is_left_to_a_person() -> None:
    ruling = rule(
        "x",
        "NEW-REGIME",
        _events(("listed", "2026-01-01")),
        Rules(PROGRAMMES, PROFILES["us"], date(2026, 2, 1)),
    )
    assert ruling is not None
    assert ruling.action == "REVIEW"
    assert "NEW-REGIME" in ruling.why


@st.composite
def _histories(draw: st.DrawFn) -> list[Event]:
    listed = draw(DAYS)
    events = _events(("listed", listed.isoformat()))
    for kind in draw(
        st.lists(
            st.sampled_from(["enjoined", "stay_lifted", "vacated", "removed", "amended", "listed"]),
            max_size=3,
        )
    ):
        events += _events((kind, (listed + timedelta(days=draw(st.integers(0, 900)))).isoformat()))
    return events


@settings(max_examples=400)
@given(
    code=st.sampled_from(sorted(PROGRAMMES.by_code)),
    profile=st.sampled_from(sorted(PROFILES)),
    day=DAYS,
    events=_histories(),
)
def test_never_unlawful(code: str, profile: str, day: date, events: list[Event]) -> None:
    programme, investor = PROGRAMMES.by_code[code], PROFILES[profile]
    ruling = rule("x", code, events, Rules(PROGRAMMES, investor, day))
    now = status(events, programme, day)
    if ruling is None:
        assert day < min(event.when.day for event in events if event.event == "listed")
        return
    if ruling.action == "DIVEST":
        assert now.state == "listed"
        assert now.phase == "window"
        assert date.fromisoformat(ruling.effective) <= day <= date.fromisoformat(ruling.until)
    else:
        assert ruling.until == ""
        assert ruling.mandatory == ""
    if ruling.mandatory == "yes":
        assert "EO 13974" in ruling.basis
    if not investor.is_bound_by(programme):
        assert ruling.action in ("NOT_BOUND", "RELEASED", "INFO", "REVIEW")
    if ruling.action in ("BLOCK", "HOLD"):
        assert "sell" not in ruling.why.lower().split("if confirmed")[0]


def test_every_programme_states_its_basis_and_whom_it_binds() -> None:
    for code, programme in PROGRAMMES.by_code.items():
        assert programme.binds, code
        assert all(version.basis for version in programme.version), code


def test_a_gap_between_versions_is_named(tmp_path: Path) -> None:
    text = (ROOT / "config" / "programmes.toml").read_text(encoding="utf-8")
    file = tmp_path / "programmes.toml"
    file.write_text(text.replace("until = 2021-06-02", "until = 2021-05-31"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"programmes.toml: programme.CCMC.version: gap"):
        load_programmes(file)


def test_an_overlap_between_versions_is_named(tmp_path: Path) -> None:
    text = (ROOT / "config" / "programmes.toml").read_text(encoding="utf-8")
    file = tmp_path / "programmes.toml"
    file.write_text(text.replace("until = 2021-06-02", "until = 2021-06-04"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="overlap"):
        load_programmes(file)


def test_an_unknown_key_is_named(tmp_path: Path) -> None:
    text = (ROOT / "config" / "programmes.toml").read_text(encoding="utf-8")
    file = tmp_path / "programmes.toml"
    file.write_text(text.replace("ownership =", "owner_ship =", 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"programme.CCMC.owner_ship: is not a known key"):
        load_programmes(file)


def test_an_unknown_investor_is_told_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"Unknown investor profile 'nk'\. .*Give one of eu, nl, no, uk, us"):
        load_investor("nk")


@pytest.mark.parametrize("code", ["UK", "Netherlands", "us"])
def test_an_unknown_jurisdiction_is_named(tmp_path: Path, code: str) -> None:
    file = tmp_path / "house.toml"
    file.write_text(f'name = "House"\njurisdictions = ["{code}"]\nus_person = false\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=rf"house.toml: jurisdictions: .*'{code}'"):
        load_investor(str(file))


def test_own_policy_applies_where_no_rule_forbids_it(tmp_path: Path) -> None:
    file = tmp_path / "house.toml"
    file.write_text(
        'name = "House"\njurisdictions = ["NO"]\nus_person = {us}\n'
        '[[policy]]\nprogramme = "NS-CMIC"\naction = "DIVEST"\nbasis = "Board decision 4"\n'
        'mandatory = "yes"\ngrace_days = 90\nsince = 2024-01-01\n'.replace("{us}", "false"),
        encoding="utf-8",
    )
    events = _events(("listed", "2021-06-03"))
    ruling = rule("x", "NS-CMIC", events, Rules(PROGRAMMES, load_investor(str(file)), date(2024, 2, 1)))
    assert ruling is not None
    assert (ruling.action, ruling.mandatory, ruling.until) == ("DIVEST", "yes", "2024-03-31")
    assert ruling.basis.startswith("Own policy, not law: Board decision 4")


def test_a_bar_on_sale_goes_before_own_policy(tmp_path: Path) -> None:
    file = tmp_path / "house.toml"
    file.write_text(
        'name = "House"\njurisdictions = ["US"]\nus_person = true\n'
        '[[policy]]\nprogramme = "NS-CMIC"\naction = "DIVEST"\nbasis = "Board decision 4"\n',
        encoding="utf-8",
    )
    ruling = rule(
        "x",
        "NS-CMIC",
        _events(("listed", "2021-06-03")),
        Rules(PROGRAMMES, load_investor(str(file)), date(2026, 2, 1)),
    )
    assert ruling is not None
    assert ruling.action == "HOLD"
    assert "Board decision 4" in ruling.why
    assert "the binding rule prevails" in ruling.why
