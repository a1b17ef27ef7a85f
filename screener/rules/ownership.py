"""Ownership: whom listed persons own enough of that the rule reaches it too, although no list names it.

The share counts as the regimes count it (OFAC FAQ 401): a company over the threshold passes on all that it owns, one
under it passes on nothing. Cycles end by themselves, because a company is counted once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from screener.rules.days import in_words
from screener.rules.programmes import Programme

HALF = 50.0


@dataclass(frozen=True, slots=True)
class Stake:
    """``owner`` holds ``percent`` of ``owned`` between two days, both inclusive; ``row`` is its place in the file."""

    owner: str
    owned: str
    percent: float
    since: date = date.min
    until: date = date.max
    control: bool = False
    row: int = 0


@dataclass(frozen=True, slots=True)
class Party:
    """An owner or a company of the ownership file, by its key there: what it is called, how it is numbered."""

    key: str
    names: tuple[str, ...]
    identifiers: tuple[tuple[str, str], ...] = ()  # scheme, value


@dataclass(frozen=True, slots=True)
class Ownership:
    """All that an ownership file says; ``warnings`` name the rows that could not be counted."""

    file: str
    sha256: str
    stakes: tuple[Stake, ...]
    parties: Mapping[str, Party]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holder:
    """A listed person as an owner: how the list calls it and since when it stands there."""

    name: str
    since: date | None


@dataclass(frozen=True, slots=True)
class Owned:
    """A company that listed persons own; ``doubt`` says what a person must find out first ("" when nothing)."""

    key: str
    percent: float
    since: date
    chain: str
    owners: frozenset[str]  # keys of the listed persons
    doubt: str = ""


@dataclass(slots=True)
class _Reached:
    """What is known to be restricted while the shares are followed: the chain that leads to each company."""

    chains: dict[str, str]
    since: dict[str, date]
    owners: dict[str, frozenset[str]]
    found: dict[str, Owned] = field(default_factory=dict)


def owned_by(
    stakes: Sequence[Stake],
    holders: Mapping[str, Holder],
    programme: Programme,
    review_from: float | None = None,
) -> list[Owned]:
    """The companies that ``holders`` own as ``programme`` counts it, and those that a person must look at.

    ``stakes`` are those of one day. ``review_from`` is the investor's own, lower threshold in percent.
    """
    if programme.ownership == "none":
        return []
    if programme.aggregate:
        return list(_followed(stakes, holders, programme, review_from).values())
    alone: dict[str, Owned] = {}
    for key, holder in holders.items():
        for owned in _followed(stakes, {key: holder}, programme, review_from).values():
            best = alone.get(owned.key)
            if best is None or (bool(best.doubt), -best.percent) > (bool(owned.doubt), -owned.percent):
                alone[owned.key] = owned
    sure = {key for key, owned in alone.items() if not owned.doubt}
    for owned in _followed(stakes, holders, programme, review_from).values():
        if owned.key not in sure:
            alone[owned.key] = replace(
                owned,
                doubt=owned.doubt
                or "the shares of several listed persons are added up only if they act together",
            )
    return list(alone.values())


def active(stakes: Sequence[Stake], day: date) -> list[Stake]:
    """The stakes held on ``day``."""
    return [stake for stake in stakes if stake.since <= day <= stake.until]


def _followed(
    stakes: Sequence[Stake], holders: Mapping[str, Holder], programme: Programme, review_from: float | None
) -> dict[str, Owned]:
    state = _Reached(
        chains=dict.fromkeys(holders, ""),
        since={key: holder.since or date.min for key, holder in holders.items()},
        owners={key: frozenset([key]) for key in holders},
    )
    of_company: dict[str, list[Stake]] = {}
    for stake in stakes:
        of_company.setdefault(stake.owned, []).append(stake)
    names = {key: holder.name for key, holder in holders.items()}
    while _one_round(of_company, state, programme, names):
        pass
    found = dict(state.found)
    for owned in _doubtful(of_company, state, programme, (names, review_from)):
        found.setdefault(owned.key, owned)
    return found


def _one_round(
    of_company: Mapping[str, list[Stake]], state: _Reached, programme: Programme, names: Mapping[str, str]
) -> bool:
    """Adds the companies that what is reached so far owns; whether there were any."""
    before = set(state.chains)
    for key, stakes in of_company.items():
        if key in before:
            continue
        counted = [stake for stake in stakes if stake.owner in before]
        if counted and _counts(counted, programme):
            owned = _owned(key, counted, state, names)
            state.found[key] = owned
            state.chains[key], state.since[key], state.owners[key] = owned.chain, owned.since, owned.owners
    return len(state.chains) > len(before)


def _counts(stakes: Sequence[Stake], programme: Programme) -> bool:
    total = sum(stake.percent for stake in stakes)
    over = total >= HALF if programme.ownership == "at_least_50" else total > HALF
    return over or (programme.control and any(stake.control for stake in stakes))


def _doubtful(
    of_company: Mapping[str, list[Stake]],
    state: _Reached,
    programme: Programme,
    terms: tuple[Mapping[str, str], float | None],
) -> Iterator[Owned]:
    """Companies short of the threshold that are not settled: exactly half, or over the investor's own threshold."""
    names, review_from = terms
    for key, stakes in of_company.items():
        counted = [stake for stake in stakes if stake.owner in state.chains]
        if key in state.chains or not counted:
            continue
        owned = _owned(key, counted, state, names)
        if owned.percent == HALF and programme.control:
            yield replace(
                owned, doubt="exactly 50 percent counts only with control: find out who controls it"
            )
        elif review_from is not None and owned.percent >= review_from:
            yield replace(owned, doubt=f"own threshold of {review_from:g} percent, below the rule's own")


def _owned(key: str, counted: Sequence[Stake], state: _Reached, names: Mapping[str, str]) -> Owned:
    total = min(100.0, round(sum(stake.percent for stake in counted), 6))
    chain = " and ".join(_said(stake, names) for stake in counted)
    if len(counted) > 1:
        chain += f", {total:g} percent together"
    above = [state.chains[stake.owner] for stake in counted if state.chains[stake.owner]]
    since = max(max(stake.since, state.since[stake.owner]) for stake in counted)
    owners = frozenset().union(*(state.owners[stake.owner] for stake in counted))
    return Owned(key, total, since, "; ".join([*dict.fromkeys(above), chain]), owners)


def _said(stake: Stake, names: Mapping[str, str]) -> str:
    owner = f"{names[stake.owner]} (listed)" if stake.owner in names else stake.owner
    since = f" since {in_words(stake.since)}" if stake.since > date.min else ""
    control = " and controls it" if stake.control else ""
    return f"{owner} owns {stake.percent:g} percent of {stake.owned}{since}{control}"
