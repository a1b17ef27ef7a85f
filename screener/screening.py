"""Match and decide over frames: pure, so that a test, a notebook and a partition of a cluster run the same code.

No files, no clock, no network: what is needed comes in as arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd
from pandera.typing import DataFrame

from screener.beyond_lists import Added, by_country, doubted, of_countries, with_countries, with_owned
from screener.contracts import checked, empty
from screener.disputes import disputed
from screener.findings import Findings, Outcomes, in_order, with_decisive
from screener.funds import Books, Exposures, Funds
from screener.funds.exposure import exposures_of, hits_of, lines_of
from screener.funds.opening import Opened, open_funds
from screener.funds.telling import folded, reasons
from screener.funds.telling import warnings as not_looked_through
from screener.holdings.model import Holdings, OtherRows
from screener.identity import entry_hashes, security_hashes, security_keys, with_contents
from screener.lists.model import Restricted
from screener.matching import Aids, match
from screener.matching.instruments import instruments_of
from screener.matching.model import SECURITY_COLUMNS, Matches, Securities
from screener.rules.decision import Rules, decide
from screener.rules.event_order import out_of_order
from screener.rules.model import NEEDS_ACTION, Hits
from screener.rules.ownership import Ownership
from screener.settings import shipped_toml

_IDENTIFIERS: Final = ("isin", "cusip", "sedol", "figi", "lei", "wkn")
_CASH_REASON: Final = "cash"
_NOTHING_TO_GO_BY: Final = "neither a name nor an identifier to screen by: complete the row and run again"

NO_BOOKS: Final = Books()


@dataclass(frozen=True, slots=True)
class Screening:
    """What became of every holding."""

    findings: DataFrame[Findings]
    outcomes: DataFrame[Outcomes]
    funds: DataFrame[Funds]
    exposures: DataFrame[Exposures]
    remarks: tuple[str, ...]  # on programmes that the investor does not screen, on the ownership file


def screen(
    holdings: DataFrame[Holdings],
    restricted: Restricted,
    rules: Rules,
    ownership: Ownership | None = None,
    books: Books = NO_BOOKS,
    aids: Aids | None = None,
) -> Screening:
    """Screen ``holdings`` against what ``restricted`` knew by ``rules.as_of``, for ``rules.investor``.

    With ``ownership``, companies that listed persons own are screened for as each programme counts ownership; funds
    are looked through with ``books``. Every row of ``holdings`` is in ``outcomes`` exactly once; a row with findings
    has them in ``findings``, the worst one marked decisive.
    """
    restricted = _without(restricted, rules).begun_by(rules.as_of)
    added = with_owned(restricted, ownership, rules)
    holdings = holdings.reset_index(drop=True)
    opened = open_funds(holdings, books)
    everything = pd.concat([holdings, opened.holdings], ignore_index=True) if books.by_name else holdings
    screenable = _screenable(everything)
    met, restricted = _met(everything, screenable, added, rules, aids)
    found, lines = _decided(met, (holdings, opened), restricted, rules)
    told = disputed(_findings(found, lines, holdings, rules), restricted)
    findings = told.findings
    outcomes = _outcomes(holdings, screenable[holdings.index], findings, reasons(opened))
    return Screening(
        in_order(findings),
        outcomes,
        opened.funds,
        exposures_of(lines, opened, found),
        _remarks(rules, opened, restricted, added.warnings + books.warnings + told.remarks),
    )


def _remarks(
    rules: Rules, opened: Opened, restricted: Restricted, warnings: tuple[str, ...]
) -> tuple[str, ...]:
    off = tuple(
        f"{one.programme} is not screened for this investor: {one.reason}"
        for one in rules.investor.switched_off
    )
    return (
        *off,
        *warnings,
        *out_of_order(restricted),
        *not_looked_through(opened, set(restricted.listings["programme"]), rules),
    )


def _met(
    holdings: pd.DataFrame,
    screenable: pd.Series[bool],
    added: Added,
    rules: Rules,
    aids: Aids | None,
) -> tuple[pd.DataFrame, Restricted]:
    """Every holding with every listing it met (columns of Matches and of Hits), and the lists that these are of."""
    restricted = added.restricted
    securities, security_of = distinct_securities(holdings[screenable])
    matches = doubted(match(securities, restricted, aids), added.doubts)
    by_place = _by_country(holdings, (securities, security_of), rules)
    if len(by_place):
        matches = checked(Matches, pd.concat([matches, by_place], ignore_index=True))
        restricted = with_countries(restricted, rules)
    held = pd.DataFrame({"holding": security_of.index, "security_id": security_of.to_numpy()})
    met = held.merge(matches, on="security_id")
    facts = instruments_of(holdings.loc[met["holding"].unique()])
    return met.join(facts, on="holding").assign(share=""), restricted


def _decided(
    met: pd.DataFrame, held: tuple[pd.DataFrame, Opened], restricted: Restricted, rules: Rules
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What follows for each holding from each listing, and what was met inside funds."""
    holdings, opened = held
    directly = met[met["holding"] < len(holdings)]
    inside = met[met["holding"] >= len(holdings)]
    lines = lines_of(inside.assign(holding=inside["holding"] - len(holdings)), opened, restricted, rules)
    met = pd.concat([directly, hits_of(lines, opened)], ignore_index=True)
    # A fund that is on a list itself needs no second finding for what it holds of the same entry.
    met = met.drop_duplicates(["holding", "listing_id"])
    if met.empty:
        return met, lines
    decisions = decide(checked(Hits, met), restricted, rules)
    further = met.drop(columns=["programme"], errors="ignore")
    found = decisions.merge(further, on=["holding", "listing_id"])
    found["entity"] = found["entity_id"].map(restricted.entities.set_index("entity_id")["name"])
    found = found[~_idle_resemblance(found)]
    found["entry_hash"] = found["listing_id"].map(entry_hashes(restricted, found["listing_id"].unique()))
    return found, lines


def _by_country(
    holdings: pd.DataFrame, held: tuple[DataFrame[Securities], pd.Series[int]], rules: Rules
) -> DataFrame[Matches]:
    """Securities that a programme reaches by the country of the issuer alone."""
    securities, security_of = held
    chosen = securities[of_countries(securities, rules)]
    if chosen.empty:
        return empty(Matches)
    rows = security_of[security_of.isin(chosen["security_id"])]
    kinds = instruments_of(holdings.loc[rows.index])["instrument"].set_axis(rows.to_numpy())
    return by_country(checked(Securities, chosen), kinds[~kinds.index.duplicated()], rules)


def account_for(other: DataFrame[OtherRows]) -> DataFrame[Outcomes]:
    """Rows that were never holdings, or could not be read as such, beside the screened ones."""
    return checked(Outcomes, other.assign(action=""))


def distinct_securities(holdings: pd.DataFrame) -> tuple[DataFrame[Securities], pd.Series[int]]:
    """The distinct securities among ``holdings``, and for each holding the number of its security."""
    if holdings.empty:
        return empty(Securities), pd.Series(dtype="int64")
    key = list(SECURITY_COLUMNS)
    number = holdings.groupby(key, sort=False, dropna=False).ngroup()
    securities = holdings[key].assign(security_id=number).drop_duplicates("security_id")
    return checked(Securities, securities), number


def _without(restricted: Restricted, rules: Rules) -> Restricted:
    off = {one.programme for one in rules.investor.switched_off}
    return restricted.without(off) if off else restricted


def _screenable(holdings: pd.DataFrame) -> pd.Series[bool]:
    says_something = holdings["name"].str.strip() != ""
    for column in (*_IDENTIFIERS, "ticker", "ric"):
        says_something |= holdings[column] != ""
    return says_something & (holdings["asset_class"] != "cash")


def _findings(
    found: pd.DataFrame, lines: pd.DataFrame, holdings: pd.DataFrame, rules: Rules
) -> DataFrame[Findings]:
    if found.empty:
        return empty(Findings)
    found = folded(found, lines)
    found["why"] = _sentences(found["why_x"], found["why_y"])
    ours = holdings.loc[found["holding"].unique()].drop(columns=["issue_date", "maturity", "currency"])
    ours = ours.assign(security_key=security_keys(ours), security_hash=security_hashes(ours))
    ours = ours.rename(columns={"name": "security", "value_currency": "currency"})
    found = found.drop(columns=[name for name in ours if name in found]).join(ours, on="holding")
    # A decision on a fund rests on what was met inside it as well.
    found["security_hash"] = with_contents(found["security_hash"], found["met_inside"])
    return checked(Findings, with_decisive(found, rules))


def _idle_resemblance(found: pd.DataFrame) -> pd.Series[bool]:
    """Faint likenesses of names to entries that ask nothing of the holder: they would only bury what matters."""
    least = float(shipped_toml("matching.toml")["combine"]["least_resemblance"])
    return (found["tier"] == "review") & (found["score"] < least) & ~found["action"].isin(NEEDS_ACTION)


def _sentences(consequence: pd.Series[str], evidence: pd.Series[str]) -> pd.Series[str]:
    return consequence.str.rstrip(".") + ". Matched because " + evidence.str.rstrip(".") + "."


def _outcomes(
    holdings: pd.DataFrame,
    screenable: pd.Series[bool],
    findings: DataFrame[Findings],
    of_funds: pd.Series[str],
) -> DataFrame[Outcomes]:
    place = ["file", "sheet", "row"]
    worst = findings.loc[findings["decisive"], [*place, "action", "programme", "status"]]
    rows = holdings.merge(worst, on=place, how="left", validate="many_to_one")
    found, cash = rows["action"].notna(), rows["asset_class"] == "cash"
    outcome = (
        found.map({True: "finding", False: "clear"})
        .where(screenable, "not_screened")
        .where(~cash, "not_a_holding")
    )
    reason = (rows["action"] + " under " + rows["programme"] + ": " + rows["status"]).where(
        found, "on no list in force"
    )
    inside = of_funds.reindex(rows.index).fillna("")
    reason = reason.where(inside == "", reason + "; " + inside)
    reason = reason.where(screenable, _NOTHING_TO_GO_BY).where(~cash, _CASH_REASON)
    action = rows["action"].where(found, "CLEAR").where(screenable, "")
    return checked(
        Outcomes,
        rows.assign(
            security=rows["name"],
            currency=rows["value_currency"],
            outcome=outcome,
            reason=reason,
            action=action,
        ),
    )
