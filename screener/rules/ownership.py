"""Ownership: whom listed persons own enough of that the rule reaches it too, although no list names it.

The share counts as the regimes count it (OFAC FAQ 401): a company over the threshold passes on all that it owns, one
under it passes on nothing. Cycles end by themselves, because a company is counted once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from screener.identifiers import is_valid, normal
from screener.rules.days import in_words
from screener.rules.programmes import Programme

HALF = 50.0
_ADDED_UP = "the shares of several listed persons are added up only if they act together"


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


def party_of(key: str, names: tuple[str, ...] = (), identifiers: tuple[tuple[str, str], ...] = ()) -> Party:
    """The party of that key, which is itself a name, an ISIN or an LEI where nothing else is known."""
    code = normal(key)
    own = tuple((scheme, code) for scheme in ("isin", "lei") if is_valid(scheme, code))
    return Party(key, names or (() if own else (key,)), (*own, *identifiers))


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


@dataclass(frozen=True, slots=True)
class _Shares:
    """The stakes of one day, by who holds them and by what is held: following a chain touches only its own links."""

    of_owner: Mapping[str, Sequence[Stake]]
    of_company: Mapping[str, Sequence[Stake]]
    called: Mapping[str, str]  # what a party is called, where its key is no name

    @classmethod
    def of(cls, stakes: Iterable[Stake], called: Mapping[str, str]) -> _Shares:
        of_owner, of_company = defaultdict[str, list[Stake]](list), defaultdict[str, list[Stake]](list)
        for stake in stakes:
            of_owner[stake.owner].append(stake)
            of_company[stake.owned].append(stake)
        return cls(of_owner, of_company, called)

    def owned_by_any(self, owners: Iterable[str]) -> list[str]:
        """The companies in which any of ``owners`` has a stake, in the order of the file."""
        return list(dict.fromkeys(stake.owned for owner in owners for stake in self.of_owner.get(owner, ())))

    def held_by(self, owners: Container[str], company: str) -> list[Stake]:
        """The stakes of ``owners`` in ``company``."""
        return [stake for stake in self.of_company.get(company, ()) if stake.owner in owners]


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
    called: Mapping[str, str] | None = None,
) -> list[Owned]:
    """The companies that ``holders`` own as ``programme`` counts it, and those that a person must look at.

    ``stakes`` are those of one day. ``review_from`` is the investor's own, lower threshold in percent; ``called`` has
    the names of parties whose keys are none.
    """
    if programme.ownership == "none":
        return []
    shares = _Shares.of(stakes, called or {})
    together = _followed(shares, holders, programme, review_from)
    if programme.aggregate:
        return list(together.values())
    alone = _alone(shares, holders, programme, review_from)
    sure = {key for key, owned in alone.items() if not owned.doubt}
    for owned in together.values():
        if owned.key not in sure:
            alone[owned.key] = replace(owned, doubt=owned.doubt or _ADDED_UP)
    return list(alone.values())


def _alone(
    shares: _Shares, holders: Mapping[str, Holder], programme: Programme, review_from: float | None
) -> dict[str, Owned]:
    """What each holder owns by itself; of several the surest, then the largest share."""
    best: dict[str, Owned] = {}
    for key, holder in holders.items():
        for owned in _followed(shares, {key: holder}, programme, review_from).values():
            known = best.get(owned.key)
            if known is None or (bool(owned.doubt), -owned.percent) < (bool(known.doubt), -known.percent):
                best[owned.key] = owned
    return best


def active(stakes: Sequence[Stake], day: date) -> list[Stake]:
    """The stakes held on ``day``."""
    return [stake for stake in stakes if stake.since <= day <= stake.until]


def _followed(
    shares: _Shares, holders: Mapping[str, Holder], programme: Programme, review_from: float | None
) -> dict[str, Owned]:
    state = _Reached(
        chains=dict.fromkeys(holders, ""),
        since={key: holder.since or date.min for key, holder in holders.items()},
        owners={key: frozenset([key]) for key in holders},
    )
    names = {**shares.called, **{key: f"{holder.name} (listed)" for key, holder in holders.items()}}
    newest = list(holders)
    while newest:
        newest = _one_round(shares, state, programme, (names, newest))
    found = dict(state.found)
    for owned in _doubtful(shares, state, programme, (names, review_from)):
        found.setdefault(owned.key, owned)
    return found


def _one_round(
    shares: _Shares, state: _Reached, programme: Programme, terms: tuple[Mapping[str, str], list[str]]
) -> list[str]:
    """Adds the companies that what is reached so far owns; those are what the next round begins from."""
    names, newest = terms
    before = set(state.chains)
    found = []
    for key in shares.owned_by_any(newest):
        counted = [] if key in before else shares.held_by(before, key)
        if counted and _counts(counted, programme):
            found.append(_owned(key, counted, state, names))
    for owned in found:
        state.found[owned.key] = owned
        state.chains[owned.key], state.since[owned.key] = owned.chain, owned.since
        state.owners[owned.key] = owned.owners
    return [owned.key for owned in found]


def _counts(stakes: Sequence[Stake], programme: Programme) -> bool:
    total = _sum(stakes)
    over = total >= HALF if programme.ownership == "at_least_50" else total > HALF
    return over or (programme.control and any(stake.control for stake in stakes))


def _sum(stakes: Sequence[Stake]) -> float:
    # Rounded, so that shares of one decimal that make a half are a half in binary numbers too.
    return round(sum(stake.percent for stake in stakes), 6)


def _doubtful(
    shares: _Shares,
    state: _Reached,
    programme: Programme,
    terms: tuple[Mapping[str, str], float | None],
) -> Iterator[Owned]:
    """Companies short of the threshold that are not settled: exactly half, or over the investor's own threshold."""
    names, review_from = terms
    for key in shares.owned_by_any(state.chains):
        if key in state.chains:
            continue
        owned = _owned(key, shares.held_by(state.chains, key), state, names)
        if owned.percent == HALF and programme.control:
            yield replace(
                owned, doubt="exactly 50 percent counts only with control: find out who controls it"
            )
        elif review_from is not None and owned.percent >= review_from:
            yield replace(owned, doubt=f"own threshold of {review_from:g} percent, below the rule's own")


def _owned(key: str, counted: Sequence[Stake], state: _Reached, names: Mapping[str, str]) -> Owned:
    total = min(100.0, _sum(counted))
    chain = " and ".join(_said(stake, names) for stake in counted)
    if len(counted) > 1:
        chain += f", {total:g} percent together"
    above = [state.chains[stake.owner] for stake in counted if state.chains[stake.owner]]
    since = max(max(stake.since, state.since[stake.owner]) for stake in counted)
    owners = frozenset().union(*(state.owners[stake.owner] for stake in counted))
    return Owned(key, total, since, "; ".join([*dict.fromkeys(above), chain]), owners)


def _said(stake: Stake, names: Mapping[str, str]) -> str:
    owner, owned = names.get(stake.owner, stake.owner), names.get(stake.owned, stake.owned)
    since = f" since {in_words(stake.since)}" if stake.since > date.min else ""
    if not stake.percent:
        return f"{owner} controls {owned}{since}"
    control = " and controls it" if stake.control else ""
    return f"{owner} owns {stake.percent:g} percent of {owned}{since}{control}"
