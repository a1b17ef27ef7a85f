"""Updating the restricted lists: fetch, read, examine, and only then bring into force.

Each source stands alone: what goes wrong with one is recorded and told, and its last good version stays in force.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Final

from screener.errors import RestrictedListError, ScreenerError
from screener.lists.config import ListsConfig, Source, no_such_source
from screener.lists.health import Failing, examine, overdue
from screener.lists.parsed import PARSER_VERSION, Parsed, Reading, lost, sentences
from screener.lists.sources import PARSERS
from screener.lists.store import Snapshot, State, Store, Version, version_name
from screener.lists.succession import Before, added_now, removed_now, succeeded

if TYPE_CHECKING:
    from screener.lists.fetch import Fetched, Fetcher, Report

OUTCOMES: Final = ("new", "unchanged", "refused", "failed")


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """What became of one source. ``outcome`` is one of OUTCOMES; ``message`` a sentence that names the source.

    ``refused`` means that the file came but a gate kept it out; ``failed`` that it did not come or cannot be read.
    In both the version in force is the one from before. An address that serves an old file forever gives a list that
    is ``unchanged``, and ``too_old``.
    """

    source: str
    title: str
    outcome: str
    message: str
    version: Version | None
    added: int = 0
    removed: int = 0
    failing: tuple[Failing, ...] = ()
    unread: int = 0
    too_old: tuple[Failing, ...] = ()  # the age gates that the version in force does not pass
    seconds: float = 0.0

    @property
    def usable(self) -> bool:
        """Whether a run may rely on the version in force."""
        kept_out = self.outcome in ("refused", "failed")
        return not kept_out and all(one.severity != "error" for one in self.too_old)


@dataclass(frozen=True, slots=True)
class _Read:
    """A file set read and put beside the version before it."""

    parsed: Parsed
    snapshots: Mapping[str, Snapshot]
    before: Before | None
    previous: str
    dated: bool


def update(
    config: ListsConfig,
    progress: Report | None = None,
    *,
    now: datetime,
    only: tuple[str, ...] = (),
    accept: tuple[str, ...] = (),
) -> list[UpdateResult]:
    """Fetches every enabled source (or those in ``only``); one result a source, in the order of the configuration.

    ``accept`` names sources whose failing gates are overruled by hand, after a look at them. Raises
    RestrictedListError when another update is running, and UsageError for a name that is no source.
    """
    for name in (*only, *accept):
        if config.source(name) is None:
            raise no_such_source(config, name)
    from screener.lists.fetch import Fetcher  # the network is loaded only by those who use it

    store = Store(config.folder)
    chosen = [source for source in config.sources if (source.name in only if only else source.enabled)]
    with store.lock(), Fetcher(config, progress, now) as fetcher:
        return [_Update(store, fetcher, source, now, source.name in accept).run() for source in chosen]


class _Update:
    """The update of one source."""

    def __init__(self, store: Store, fetcher: Fetcher, source: Source, now: datetime, accept: bool) -> None:
        self.store, self.fetcher, self.source = store, fetcher, source
        self.now, self.accept = now.astimezone(UTC), accept
        self.recipe = recipe(source)

    def run(self) -> UpdateResult:
        """The outcome, whatever happens: nothing here stops the other sources."""
        started = perf_counter()
        try:
            self.store.begin(self.source.name, self.now)
            result = self._attempt()
        except ScreenerError as error:
            result = self._kept("failed", self._named(str(error)))
        except Exception as error:  # a list that breaks its parser must not take the other lists with it
            reason = f"could not be read ({type(error).__name__}: {error})"
            result = self._kept(
                "failed", str(RestrictedListError(self.source.name, reason, "Report this file."))
            )
        return replace(result, seconds=perf_counter() - started)

    def _attempt(self) -> UpdateResult:
        current = self.store.latest(self.source.name)
        known = (
            {name: kept for name, kept in current.snapshots.items() if self._still_kept(kept)}
            if current
            else {}
        )
        fetched = self.fetcher.fetch(self.source, known)
        contents = {name: self._content(one) for name, one in fetched.items()}
        snapshots = {name: self._snapshot(one, contents[name]) for name, one in fetched.items()}
        confirmed = min(one.confirmed for one in fetched.values()).isoformat()
        if current and self._same(current, snapshots):
            self._record(confirmed)
            message = f"{self.source.name}: no change since {current.published}"
            result = self._result("unchanged", message, current)
            return replace(result, too_old=self._too_old(current, confirmed))
        return self._examined(self._read(current, contents, snapshots, fetched), confirmed)

    def _examined(self, read: _Read, confirmed: str) -> UpdateResult:
        failing = examine(self.source, read.parsed, read.before) + self._served_again(read)
        errors = [one for one in failing if one.severity == "error"]
        if errors and not self.accept:
            reasons = "; ".join(one.sentence for one in errors)
            error = RestrictedListError(
                self.source.name, f"the new file was refused: {reasons}", self._remedy()
            )
            return replace(self._kept("refused", str(error)), failing=failing)
        version = self._version(read, failing)
        self.store.save_version(version, succeeded(read.parsed, read.before))
        self._record(confirmed)
        added = len(added_now(read.parsed, read.before)) if read.before else len(read.parsed.listings)
        removed = len(removed_now(read.parsed, read.before)) if read.before else 0
        message = f"{self.source.name}: {version.entries} entries of {version.published}"
        result = self._result("new", message, version)
        unread = int((read.parsed.unread["severity"] != "note").sum())
        old = self._too_old(version, confirmed)
        return replace(result, added=added, removed=removed, failing=failing, unread=unread, too_old=old)

    def _too_old(self, version: Version, confirmed: str) -> tuple[Failing, ...]:
        return overdue(self.source, confirmed, version.published, self.now.date())

    def _served_again(self, read: _Read) -> tuple[Failing, ...]:
        """An old file that states no day is known by its bytes: they were in force before the last version."""
        ours = {name: one.sha256 for name, one in read.snapshots.items()}
        for name in self.store.versions(self.source.name)[:-1][::-1]:
            version = self.store.version(self.source.name, name)
            if {
                file: kept.sha256 for file, kept in version.snapshots.items()
            } == ours and name != read.previous:
                sentence = (
                    f"the file is the one fetched on {version.fetched[:10]}, which a later one has replaced"
                )
                return (Failing("older", "error", sentence),)
        return ()

    def _remedy(self) -> str:
        return f"Look at it, then run `screener lists update --accept {self.source.name}` if it is right."

    def _content(self, fetched: Fetched) -> bytes:
        if fetched.content is not None:
            return fetched.content
        kept = self.store.snapshot(fetched.snapshot.sha256)
        if kept is None:
            raise RestrictedListError(
                self.source.name, "the snapshot in force is damaged", "Run the update again."
            )
        return kept

    def _still_kept(self, snapshot: Snapshot) -> bool:
        return self.store.snapshot(snapshot.sha256) is not None

    def _snapshot(self, fetched: Fetched, content: bytes) -> Snapshot:
        if fetched.content is None:
            return fetched.snapshot
        return replace(fetched.snapshot, sha256=self.store.save_snapshot(content))

    def _same(self, current: Version, snapshots: Mapping[str, Snapshot]) -> bool:
        ours = {name: kept.sha256 for name, kept in current.snapshots.items()}
        return ours == {name: one.sha256 for name, one in snapshots.items()} and current.parser == self.recipe

    def _read(
        self,
        current: Version | None,
        contents: Mapping[str, bytes],
        snapshots: Mapping[str, Snapshot],
        fetched: Mapping[str, Fetched],
    ) -> _Read:
        day = max((one.day for one in fetched.values() if one.day), default=None)
        if day is None and current and all(one.content is None for one in fetched.values()):
            day = date.fromisoformat(current.published)
        parsed = self._parse(contents, day or self.now.date())
        # The day of a local file is that on which somebody put it there, and says nothing about the next one.
        by_server = any(one.last_modified for one in snapshots.values())
        dated = by_server or parsed.published != (day or self.now.date())
        ours = {kept.sha256 for kept in current.snapshots.values()} if current else set()
        reread = current is not None and ours == {one.sha256 for one in snapshots.values()}
        if (
            reread and current is not None
        ):  # the same files under a new recipe take the place of the old reading
            return _Read(parsed, snapshots, self._tables(current.previous), current.previous, dated)
        return _Read(parsed, snapshots, self._before(current), current.name if current else "", dated)

    def _before(self, current: Version | None) -> Before | None:
        """The version in force; when it was read by another recipe, its files are read again by the present one."""
        if current is None:
            return None
        if current.parser == self.recipe:
            return self._tables(current.name)
        contents = {name: self.store.snapshot(kept.sha256) for name, kept in current.snapshots.items()}
        if any(content is None for content in contents.values()):
            return self._tables(current.name)
        day = date.fromisoformat(current.published)
        try:
            parsed = self._parse(
                {name: content for name, content in contents.items() if content is not None}, day
            )
        except (
            RestrictedListError
        ):  # what an earlier parser took and this one refuses must not bar the next file
            return self._tables(current.name)
        return Before(succeeded(parsed, self._tables(current.previous)), parsed.published, current.dated)

    def _tables(self, name: str) -> Before | None:
        if not name:
            return None
        version = self.store.version(self.source.name, name)
        return Before(self.store.tables(version), date.fromisoformat(version.published), version.dated)

    def _parse(self, contents: Mapping[str, bytes], day: date) -> Parsed:
        source = self.source
        url = next(iter(source.addresses.values()), "").partition("?")[0]
        reading = Reading(source.name, source.title, url, source.codes, day, source.options)
        return PARSERS[source.parser](contents, reading)

    def _version(self, read: _Read, failing: tuple[Failing, ...]) -> Version:
        parsed = read.parsed
        made_from = [
            self.recipe,
            read.previous,
            *(f"{name}={one.sha256}" for name, one in sorted(read.snapshots.items())),
        ]
        counts = {
            name: len(getattr(parsed, name))
            for name in ("entities", "names", "identifiers", "listings", "unread")
        }
        counts |= {"fields": parsed.fields, "understood": parsed.understood}
        counts |= {"codes": parsed.codes, "codes_known": parsed.codes_known}
        fetched = self._after_the_last()
        return Version(
            source=self.source.name,
            name=version_name(fetched, "\n".join(made_from)),
            fetched=fetched.isoformat(),
            published=parsed.published.isoformat(),
            parser=self.recipe,
            snapshots=dict(read.snapshots),
            previous=read.previous,
            entries=len(parsed.entities),
            counts=counts,
            warnings=(*(one.sentence for one in failing), *lost(parsed.unread)),
            unread=sentences(parsed.unread),
            dated=read.dated,
        )

    def _after_the_last(self) -> datetime:
        """Now, or just after the version in force when the clock has been set back: names must sort as they came."""
        current = self.store.latest(self.source.name)
        if current is None:
            return self.now
        return max(self.now, datetime.fromisoformat(current.fetched) + timedelta(microseconds=1))

    def _record(self, confirmed: str) -> None:
        self.store.save_state(State(self.source.name, self.now.isoformat(), confirmed))

    def _kept(self, outcome: str, message: str) -> UpdateResult:
        """The version from before stays; the failure is recorded, so that every report can tell it."""
        current = self.store.latest(self.source.name)
        try:
            state = self.store.state(self.source.name)
            self.store.save_state(replace(state, checked=self.now.isoformat(), failure=message))
        except ScreenerError as error:
            message = f"{message} Nor could this be recorded: {error}"
        return self._result(outcome, message, current)

    def _named(self, sentence: str) -> str:
        """``sentence`` with the source's name before it, which an error of the disk or of the settings does not know."""
        name = self.source.name
        return sentence if sentence.startswith(f"{name}: ") else f"{name}: {sentence}"

    def _result(self, outcome: str, message: str, version: Version | None) -> UpdateResult:
        return UpdateResult(self.source.name, self.source.title, outcome, message, version)


def recipe(source: Source) -> str:
    """The parser's version with a hash of everything in the configuration that shapes its reading."""
    told = [source.parser, sorted(source.codes.known.items()), source.codes.default, source.options]
    digest = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:8]
    return f"{PARSER_VERSION}-{digest}"
