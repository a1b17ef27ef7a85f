"""The law of the program: dates by the rule's own arithmetic, and never an unlawful instruction."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.contracts import checked, columns
from screener.errors import ConfigurationError, UsageError
from screener.lists.model import Events, Listings
from screener.report.words import urges_sale
from screener.rules.days import When
from screener.rules.decision import Rules, decide, rule
from screener.rules.entries import Entry
from screener.rules.fund_shares import Share, through_fund
from screener.rules.investors import Investor, Policy, load_investor
from screener.rules.model import Hits
from screener.rules.programmes import Consequence, Programme, load_programmes
from screener.rules.ruling import Ruling
from screener.rules.securities import Security, reach
from screener.rules.timeline import Event, Status, status
from screener.screening import screen
from tests.samples import ROOT, holdings, rules, starter

PROGRAMMES = load_programmes()
PROFILES = {path.stem: load_investor(path.stem) for path in (ROOT / "config" / "investors").glob("*.toml")}
DAYS = st.dates(date(2019, 1, 1), date(2030, 12, 31))
NEW_YORK = "America/New_York"


def _events(*told: tuple[str, str]) -> list[Event]:
    return [Event(event, When.parse(at)) for event, at in told]


def _ruled(
    code: str,
    events: list[Event],
    day: str | date,
    investor: Investor = PROFILES["us"],
    security: Security = Security(),  # noqa: B008 - frozen
    printed: str = "",
) -> Ruling:
    as_of = day if isinstance(day, date) else date.fromisoformat(day)
    ruling = rule(Entry(code, events, printed), Rules(PROGRAMMES, investor, as_of), security)
    assert ruling is not None
    return ruling


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
    rulings = [_ruled("NS-CMIC", events, day) for day in ("2022-12-31", "2023-01-31", "2023-02-01")]
    assert [(one.action, one.until) for one in rulings] == [
        ("HOLD", ""),
        ("DIVEST", "2023-01-31"),
        ("HOLD", ""),
    ]


def test_events_out_of_order_are_put_in_order() -> None:
    events = _events(("vacated", "2021-05-25"), ("enjoined", "2021-03-12"), ("listed", "2021-01-14"))
    assert status(events, PROGRAMMES.get("CCMC"), date(2021, 6, 1)).state == "vacated"


def test_a_programme_without_a_table_is_left_to_a_person() -> None:
    ruling = _ruled("NEW-REGIME", _events(("listed", "2026-01-01")), "2026-02-01")
    assert ruling.action == "REVIEW"
    assert "NEW-REGIME" in ruling.why


def test_a_relisting_is_not_dated_by_the_listing_that_ended() -> None:
    events = _events(
        ("listed", "2021-06-03"),
        ("effective", "2021-08-02"),
        ("wind_down_end", f"2022-06-03T00:01 {NEW_YORK}"),
        ("removed", "2023-01-10"),
        ("listed", "2027-03-01"),
    )
    assert _ruled("NS-CMIC", events, "2027-03-15").action == "PENDING"
    assert _ruled("NS-CMIC", events, "2027-05-15").until == "2028-02-28"


DIRECTIVE = (
    "X BANK; Executive Order 13662 Directive Determination - Subject to Directive {} [UKRAINE-EO13662]"
)


@pytest.mark.parametrize(
    ("directive", "security", "action", "says"),
    [
        (1, Security("bond", "2013-05-01", "2023-05-01"), "INFO", "issued on 2013-05-01"),
        (1, Security("bond", "2015-05-01", "2015-05-20"), "INFO", "lives 19"),
        (1, Security("bond", "2015-05-01", "2020-05-01"), "HOLD", "new debt"),
        (1, Security("bond", "2018-01-01", "2018-01-31"), "HOLD", "new debt"),
        (2, Security("bond", "2018-01-01", "2018-01-31"), "INFO", "lives 30"),
        (3, Security("bond", "2018-01-01", "2018-02-15"), "HOLD", "new debt"),
        (1, Security("bond", "", "2020-05-01"), "REVIEW", "the issue date"),
        (1, Security("bond", "", ""), "REVIEW", "the issue date and the maturity"),
        (1, Security("equity", "", ""), "REVIEW", "the issue date"),
        (2, Security("equity", "", ""), "INFO", "this kind of instrument"),
        (4, Security("bond", "2018-01-01", "2028-01-01"), "INFO", "this kind of instrument"),
        (1, Security("", "", ""), "REVIEW", "the kind of instrument"),
        (9, Security("bond", "2018-01-01", "2028-01-01"), "REVIEW", "names no measure"),
    ],
)
def test_sectoral_directives_need_issue_date_and_maturity(
    directive: int, security: Security, action: str, says: str
) -> None:
    listed = _events(("listed", "2014-07-16"))
    ruling = _ruled("SSI", listed, "2021-05-01", security=security, printed=DIRECTIVE.format(directive))
    assert ruling.action == action
    assert says in ruling.why


def test_a_listing_without_its_day_asks_for_it() -> None:
    events = [Event("listed", When.parse("2025-12-01"), note="the day of designation is not in the file")]
    security = Security("bond", "2015-05-01", "2025-05-01")
    ruling = _ruled("SSI", events, "2026-01-01", security=security, printed=DIRECTIVE.format(1))
    assert ruling.action == "REVIEW"
    assert "the day on which the issuer was listed" in ruling.why


@pytest.mark.parametrize(
    ("profile", "action", "mandatory"),
    [("nl", "DIVEST", "yes"), ("us", "NOT_BOUND", ""), ("eu", "NOT_BOUND", "")],
)
def test_the_dutch_ban_binds_dutch_financial_enterprises(profile: str, action: str, mandatory: str) -> None:
    ruling = _ruled("NL-CLUSTER", _events(("listed", "2019-01-01")), "2024-02-01", PROFILES[profile])
    assert (ruling.action, ruling.mandatory, ruling.until) == (action, mandatory, "")


@pytest.mark.parametrize(
    ("code", "bound"),
    [
        ("SDN", {"us"}),
        ("EU-FREEZE", {"eu", "nl"}),
        ("UK-FREEZE", {"uk"}),
        ("UN", {"us", "eu", "nl", "no", "uk"}),
    ],
)
def test_each_freeze_blocks_for_those_it_binds(code: str, bound: set[str]) -> None:
    events = _events(("listed", "2022-03-01"))
    rulings = {
        name: _ruled(code, events, "2024-02-01", PROFILES[name]) for name in ("us", "eu", "nl", "no", "uk")
    }
    assert {name for name, one in rulings.items() if one.action == "BLOCK"} == bound
    assert {one.action for name, one in rulings.items() if name not in bound} <= {"NOT_BOUND"}


@st.composite
def _histories(draw: st.DrawFn) -> list[Event]:
    listed = draw(DAYS)
    events = _events(("listed", listed.isoformat()))
    kinds = ["enjoined", "stay_lifted", "vacated", "removed", "amended", "listed"]
    kinds += ["effective", "wind_down_end", "licence_from", "licence_to", "proposed"]
    for kind in draw(st.lists(st.sampled_from(kinds), max_size=4)):
        events += _events((kind, (listed + timedelta(days=draw(st.integers(-30, 900)))).isoformat()))
    return events


@st.composite
def _investors(draw: st.DrawFn) -> Investor:
    """Any shipped profile, with or without own policies on any programmes."""
    investor = PROFILES[draw(st.sampled_from(sorted(PROFILES)))]
    policies = []
    for code in draw(st.lists(st.sampled_from(sorted(PROGRAMMES.by_code)), max_size=3, unique=True)):
        action = draw(st.sampled_from(["DIVEST", "HOLD", "NO_BUY", "REVIEW", "INFO"]))
        grace = draw(st.integers(0, 700)) if action == "DIVEST" else 0
        mandatory = draw(st.sampled_from(["", "yes", "no"])) if action == "DIVEST" else ""
        since = draw(st.sampled_from([date.min, date(2022, 1, 1)]))
        policies.append(
            Policy(
                programme=code,
                action=action,
                basis="Board",
                mandatory=mandatory,
                grace_days=grace,
                since=since,
            )
        )
    return investor.model_copy(update={"policy": tuple(policies)})


_SECURITIES = st.builds(
    Security,
    st.sampled_from(["", "equity", "bond", "receipt", "fund", "derivative", "money_market", "other"]),
    st.sampled_from(["", "2013-01-01", "2016-01-01", "2023-01-01"]),
    st.sampled_from(["", "2016-01-10", "2033-01-01", "2033"]),
    st.sampled_from(["", "0.0100/0.0000/0.0000", "30.0000/0.0000/40.0000", "80.0000/10.0000/0.0000"]),
)


@settings(max_examples=1500, deadline=None)
@given(
    code=st.sampled_from(sorted(PROGRAMMES.by_code)),
    investor=_investors(),
    day=DAYS,
    events=_histories(),
    security=_SECURITIES,
    printed=st.sampled_from(["", DIRECTIVE.format(1), DIRECTIVE.format(4)]),
)
def test_never_unlawful(
    code: str, investor: Investor, day: date, events: list[Event], security: Security, printed: str
) -> None:
    programme = PROGRAMMES.by_code[code]
    ruling = rule(Entry(code, events, printed), Rules(PROGRAMMES, investor, day), security)
    now = status(events, programme, day)
    if ruling is None:
        assert now.state == "unlisted"
        return
    version, policy = programme.version_on(day), investor.policy_on(code, day)
    bound = investor.is_bound_by(programme) and _reached(programme, security, printed, now)
    lawful = version.consequence(now.phase) if version and bound else None
    if (
        policy
        and lawful
        and ruling.action in ("BLOCK", "HOLD")
        and ruling.action == lawful.action != policy.action
    ):
        # A binding bar on sale wins over own policy, and both are said.
        assert f"Own policy (Board) asks for {policy.action}" in ruling.why
        assert "the binding rule prevails" in ruling.why
    if ruling.action == "DIVEST":
        assert now.state == "listed"
        assert _may_divest(ruling, lawful, now, policy)
    else:
        assert (ruling.until, ruling.mandatory) == ("", "")
    if ruling.until:
        last = date.fromisoformat(ruling.until)
        assert day <= last <= (now.until if lawful and now.until else date.max)
    assert ruling.mandatory in {"", lawful.mandatory if lawful else "", policy.mandatory if policy else ""}
    if lawful is None and policy is None:
        assert ruling.action in ("NOT_BOUND", "RELEASED", "INFO", "REVIEW")
    _assert_lawful_words(ruling)


def _reached(programme: Programme, security: Security, printed: str, now: Status) -> bool:
    """Whether the rule reaches the security, or may; what it does not reach it does not forbid either."""
    share = Share.parse(security.share) if security.share else None
    reached = through_fund(programme, share) if share else reach(programme, security, printed, now)
    return reached.answer != "no"


def _may_divest(ruling: Ruling, lawful: Consequence | None, now: Status, policy: Policy | None) -> bool:
    """In an open window of a rule that says so, or under own policy that no binding rule stands against."""
    if ruling.by_policy:
        return policy is not None and (lawful is None or lawful.action not in ("BLOCK", "HOLD", "REVIEW"))
    return now.phase == "window" and lawful is not None and lawful.action == "DIVEST"


def _assert_lawful_words(ruling: Ruling) -> None:
    if ruling.action in ("BLOCK", "HOLD"):
        assert not {"sell", "sold", "divest now"} & set(ruling.why.lower().split())
        assert "sell" not in ruling.why.lower()
    if ruling.action not in ("DIVEST", "NO_BUY"):
        assert not urges_sale(ruling.why)


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
    with pytest.raises(UsageError, match=r"Unknown investor profile 'nk'\. .*Give one of eu, "):
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
    ruling = _ruled("NS-CMIC", events, "2024-02-01", load_investor(str(file)))
    assert (ruling.action, ruling.mandatory, ruling.until) == ("DIVEST", "yes", "2024-03-31")
    assert ruling.basis.startswith("Own policy, not law: Board decision 4")


def test_a_bar_on_sale_goes_before_own_policy(tmp_path: Path) -> None:
    file = tmp_path / "house.toml"
    file.write_text(
        'name = "House"\njurisdictions = ["US"]\nus_person = true\n'
        '[[policy]]\nprogramme = "NS-CMIC"\naction = "DIVEST"\nbasis = "Board decision 4"\n',
        encoding="utf-8",
    )
    ruling = _ruled("NS-CMIC", _events(("listed", "2021-06-03")), "2026-02-01", load_investor(str(file)))
    assert ruling.action == "HOLD"
    assert "Board decision 4" in ruling.why
    assert "the binding rule prevails" in ruling.why


def _house(*policies: tuple[str, str], us_person: bool = True) -> Investor:
    adopted = tuple(Policy(programme=code, action=action, basis="Board") for code, action in policies)
    return PROFILES["us"].model_copy(update={"policy": adopted, "us_person": us_person})


def _decided(investor: Investor, day: str, *rows: tuple[str, str]) -> pd.DataFrame:
    """Decisions on one holding that met a listing of each programme, in that tier."""
    restricted = starter()
    codes = [code for code, _ in rows]
    listings = pd.DataFrame(
        [(f"L{code}", "e", code, code, "printed", "") for code in codes], columns=columns(Listings)
    )
    events = pd.DataFrame(
        [(f"L{code}", "listed", "2021-06-03", "", "") for code in codes], columns=columns(Events)
    )
    restricted = replace(restricted, listings=checked(Listings, listings), events=checked(Events, events))
    hits = pd.DataFrame(
        [(0, f"L{code}", tier, "equity", "", "", "") for code, tier in rows], columns=columns(Hits)
    )
    decisions = decide(checked(Hits, hits), restricted, Rules(PROGRAMMES, investor, date.fromisoformat(day)))
    return decisions.set_index("programme")


def test_a_bar_on_sale_prevails_over_own_policy_on_another_list() -> None:
    decided = _decided(_house(("HOUSE", "DIVEST")), "2026-01-01", ("NS-CMIC", "match"), ("HOUSE", "match"))
    assert decided["action"].to_dict() == {"NS-CMIC": "HOLD", "HOUSE": "HOLD"}
    assert "Own policy asks for DIVEST; NS-CMIC forbids a sale and prevails" in str(
        decided.loc["HOUSE", "why"]
    )
    assert "sell" not in str(decided.loc["HOUSE", "why"])


def test_own_policy_stands_where_the_rule_does_not_bind() -> None:
    investor = _house(("HOUSE", "DIVEST"), us_person=False)
    decided = _decided(investor, "2026-01-01", ("NS-CMIC", "match"), ("HOUSE", "match"))
    assert decided["action"].to_dict() == {"NS-CMIC": "NOT_BOUND", "HOUSE": "DIVEST"}


def test_a_possible_bar_on_sale_is_settled_before_own_policy() -> None:
    decided = _decided(_house(("HOUSE", "DIVEST")), "2026-01-01", ("NS-CMIC", "review"), ("HOUSE", "match"))
    assert set(decided["action"]) == {"REVIEW"}


def test_a_blocked_holding_offers_no_sale_under_another_rule() -> None:
    decided = _decided(_house(), "2024-01-01", ("SDN", "match"), ("EO-14071", "match"))
    assert decided["action"].to_dict() == {"SDN": "BLOCK", "EO-14071": "HOLD"}
    assert not decided["why"].str.contains("sold|sell").any()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[policy]]\nprogramme = "NS-CMICS"\naction = "HOLD"\nbasis = "b"\n', "policy.0.programme: 'NS-CMICS' is no programme. Did you mean 'NS-CMIC'"),
        ('[[switched_off]]\nprogramme = "X"\nreason = "r"\n', "switched_off.0.programme: 'X' is no programme"),
        ('[[policy]]\nprogramme = "HOUSE"\naction = "BLOCK"\nbasis = "b"\n', "action BLOCK cannot be chosen"),
        ('[[policy]]\nprogramme = "HOUSE"\naction = "HOLD"\nbasis = "b"\ngrace_days = 3\n', "belong to the action DIVEST"),
    ],
)  # fmt: skip
def test_a_wrong_profile_is_named(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "house.toml"
    file.write_text(f'name = "House"\njurisdictions = ["NO"]\nus_person = false\n{text}', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"house\.toml") as raised:
        load_investor(str(file), known=PROGRAMMES.by_code)
    assert says in str(raised.value)


def test_own_deadline_never_runs_beyond_the_lawful_window() -> None:
    investor = PROFILES["us"].model_copy(
        update={
            "policy": (
                Policy(programme="NS-CMIC", action="DIVEST", basis="Board", mandatory="yes", grace_days=900),
            )
        }
    )
    events = _events(("listed", "2021-06-03"))
    for day in ("2021-07-01", "2021-09-01"):
        ruling = _ruled("NS-CMIC", events, day, investor)
        assert (ruling.action, ruling.mandatory, ruling.until) == ("DIVEST", "yes", "2022-06-02")


def test_a_deadline_of_own_policy_that_has_passed_is_overdue_and_not_offered() -> None:
    investor = PROFILES["no"].model_copy(
        update={
            "policy": (
                Policy(programme="HOUSE", action="DIVEST", basis="Board", mandatory="yes", grace_days=90),
            )
        }
    )
    ruling = _ruled("HOUSE", _events(("listed", "2024-01-01")), "2024-06-01", investor)
    assert (ruling.action, ruling.mandatory, ruling.until) == ("DIVEST", "yes", "")
    assert "1 Jan 2024 + 90 days = 31 Mar 2024" in ruling.why
    assert "overdue" in ruling.status


def test_a_document_of_later_days_is_not_cited_for_an_earlier_one() -> None:
    position = holdings({"name": "XIAOMI CORP-CLASS B", "isin": "KYG9830T1067"})
    before, after = (
        screen(position, starter(), rules(day)).findings.iloc[0]["sources"]
        for day in ("2021-02-01", "2021-06-10")
    )
    assert "tranche of 14 January 2021" in before
    assert "2021 vacating" not in before
    assert "preliminary injunction" not in before
    assert "preliminary injunction" in after
    assert "final order of 25 May 2021" in after
