"""What stands in a mail of each kind, in the words of its language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from screener.delivery.attachments import Enclosed
from screener.delivery.blocks import Banner, Block, Bullets, Card, Heading, Letter, Link, Paragraph
from screener.delivery.model import Chip, Count, Deadline, Digest, Kind, Matter, Task
from screener.delivery.words import MailWords

TASKS: Final = (
    12  # a mail is read on a telephone and cut off by some readers at 100 kB; the workbook has them all
)
REASONS: Final = 8
DEADLINES: Final = 8
LISTS: Final = 12
_ALARM: Final = Chip("", "F8D7D4", "7A1212")


def letter_of(matter: Matter, words: MailWords, enclosed: Enclosed) -> Letter:
    """The letter about ``matter``; ``enclosed`` says what goes with it and what had to stay behind."""
    facts = [f"{words.line['as_of']} {words.day(matter.as_of)}"]
    if matter.digest:
        assumed = f" ({words.line['assumed']})" if matter.digest.investor_assumed else ""
        facts.append(f"{words.line['investor']}: {matter.digest.investor}{assumed}")
    named = words.kind[matter.kind]
    title = matter.portfolio or named[:1].upper() + named[1:]
    return Letter(words.code, title, tuple(facts), tuple(_blocks(matter, words, enclosed)))


def _blocks(matter: Matter, words: MailWords, enclosed: Enclosed) -> Iterator[Block]:
    yield Paragraph(lead(matter, words), "lead")
    yield from _alarm(matter, words)
    if matter.digest:
        yield from _digest(matter.digest, matter, words)
    yield from _enclosed(enclosed, words)
    if matter.kind is Kind.HEARTBEAT:
        yield Paragraph(words.line["silence"])
    if matter.digest:
        yield Paragraph(matter.digest.disclaimer, "small")
    quoting = matter.digest or matter.sentence
    small = [words.line["quoted"] if quoting else "", words.line["automatic"]]
    small.append(f"{words.line['run']}: {matter.key}." if matter.portfolio else "")
    yield Paragraph(" ".join(text for text in small if text), "small")


def lead(matter: Matter, words: MailWords) -> str:
    """The first sentence."""
    name = str(matter.kind)
    if matter.kind is Kind.HEARTBEAT and matter.since is None:
        name = "heartbeat_first"
    return words.lead[name].format(**placeholders(matter, words))


def placeholders(matter: Matter, words: MailWords) -> dict[str, str]:
    """What subjects and first sentences may name; nothing that tells of a holding."""
    digest = matter.digest
    return {
        "portfolio": matter.portfolio,
        "as_of": words.day(matter.as_of),
        "count": f"{digest.to_do:,}" if digest else "",
        "state": words.state[digest.colour] if digest else "",
        "investor": digest.investor if digest else "",
        "run": matter.key,
        "kind": words.kind[matter.kind],
        "since": words.day(matter.since) if matter.since else "",
    }


def _alarm(matter: Matter, words: MailWords) -> Iterator[Block]:
    """The sentence that matters, and what follows from it."""
    if matter.sentence:
        yield Banner(_ALARM, words.head["reason"], (matter.sentence,))
    if matter.details:
        yield Heading(words.head["details"])
        yield Bullets(matter.details)
    if matter.kind is Kind.FAILURE:
        yield Paragraph(words.line["not_screened"])
        if matter.since:
            yield Paragraph(words.line["last_good"].format(since=words.day(matter.since)))


def _digest(digest: Digest, matter: Matter, words: MailWords) -> Iterator[Block]:
    state = f"{words.head['trust']} {words.state[digest.colour].capitalize()}."
    yield Banner(digest.banner, state, _capped(digest.reasons, REASONS, words))
    if digest.changes:
        yield Heading(words.head["changes"])
        yield Bullets(digest.changes)
    if matter.kind is not Kind.HEARTBEAT:
        yield from _tasks(digest, words)
    yield from _tally(digest, matter.kind, words)
    if digest.deadlines:
        yield Heading(words.head["deadlines"])
        yield from (_deadline(one, words) for one in digest.deadlines[:DEADLINES])
    yield Heading(words.head["coverage"])
    yield Bullets(digest.coverage)
    yield Heading(words.head["lists"])
    yield Bullets(_capped(digest.lists, LISTS, words))


def _capped(lines: tuple[str, ...], most: int, words: MailWords) -> tuple[str, ...]:
    left = len(lines) - most
    return lines if left <= 0 else (*lines[:most], words.line["more"].format(n=f"{left:,}"))


def _tasks(digest: Digest, words: MailWords) -> Iterator[Block]:
    if not digest.to_do:
        return
    yield Heading(words.head["tasks"])
    shown = digest.tasks[:TASKS]
    yield from (_task(one, words) for one in shown)
    left = digest.to_do - len(shown)
    if left:
        yield Paragraph(words.line["more"].format(n=f"{left:,}"))


def _task(task: Task, words: MailWords) -> Card:
    facts = [task.identifier, task.portfolio, task.amount]
    if task.day is not None:
        left = "" if task.days_left is None else f" ({words.days_left(task.days_left)})"
        facts.append(f"{words.day(task.day)}{left}")
    return Card(task.chip, task.security, tuple(fact for fact in facts if fact), task.do)


def _tally(digest: Digest, kind: Kind, words: MailWords) -> Iterator[Block]:
    yield Heading(words.head["open" if kind is Kind.HEARTBEAT else "tally"])
    if not digest.counts:
        yield Paragraph(words.line["no_findings"])
    yield from (_count(one, words) for one in digest.counts)


def _count(count: Count, words: MailWords) -> Card:
    said = words.actions[count.chip.code]
    facts = (words.holdings(count.holdings), count.amounts)
    return Card(count.chip, said["title"], tuple(fact for fact in facts if fact), said["means"])


def _deadline(deadline: Deadline, words: MailWords) -> Card:
    facts = (words.days_left(deadline.days_left), words.holdings(deadline.holdings))
    return Card(deadline.chip, words.day(deadline.day), facts, deadline.event)


def _enclosed(enclosed: Enclosed, words: MailWords) -> Iterator[Block]:
    """What is attached, or why it is not and where it can be had."""
    texts = []
    if enclosed.reason:
        texts.append(words.line[enclosed.reason].format(size=enclosed.size_mb, limit=enclosed.limit_mb))
    for name in enclosed.parts:
        key = "zipped" if name.endswith(".zip") else "attached"
        texts.append(words.line[key].format(file=name))
    if enclosed.locked:
        texts.append(words.line["locked"])
    if texts:
        yield Paragraph(" ".join(texts))
    if enclosed.where:
        key = "at_link" if enclosed.where.startswith(("http://", "https://")) else "at_folder"
        yield Link(words.line[key].format(where="").rstrip(), enclosed.where)
