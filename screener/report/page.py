"""The first page as HTML: the body of the mail and the page of the web face, from the same facts as the workbook.

Self-contained: no script, no picture, no address is fetched. It prints to A4.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from screener.report.facts import ActionLine, Deadline, Summary, ToDo, in_words
from screener.report.markup import chip, document, section, table
from screener.report.text import money
from screener.report.words import day_in_words, words


def html_page(summary: Summary) -> str:
    """``summary`` as a complete HTML document."""
    footer = f"<footer>{escape(summary.disclaimer)}</footer>"
    body = f'<div class="report">{first_page(summary)}{footer}</div>'
    return document(f"{summary.title}, {day_in_words(summary.as_of)}", body)


def first_page(summary: Summary) -> str:
    """The parts of the first page, to be put inside an element of the class ``report``."""
    parts = [
        _head(summary),
        f'<p class="verdict">{escape(summary.verdict)}</p>',
        _banner(summary),
        f'<p class="changed">{escape(summary.changes.sentence())}</p>',
        section("What to do, and how much", _actions(summary.actions)),
        section("Action needed", _to_do(summary)) if summary.to_do_total else "",
        section("Deadlines", _deadlines(summary.deadlines)),
        section("Coverage: is everything in here?", _coverage(summary)),
        section("Lists this report rests on", _lists(summary)),
    ]
    return "\n".join(parts)


def _head(summary: Summary) -> str:
    assumed = " (assumed)" if summary.investor.assumed else ""
    line = f"As of {day_in_words(summary.as_of)} · Investor: {summary.investor.name}{assumed} · Run {summary.run_id}"
    return f"<header><h1>{escape(summary.title)}</h1><p>{escape(line)}</p></header>"


def _banner(summary: Summary) -> str:
    look = words().banner[summary.banner.colour]
    reasons = "".join(
        f"<li>{escape(f'{each.colour.capitalize()}: {each.text}' if each.colour != 'green' else each.text)}</li>"
        for each in summary.banner.reasons
    )
    return (
        f'<div class="banner" role="status" style="background:#{look.fill};color:#{look.text}">'
        f"<strong>{escape(look.title)}</strong><ul>{reasons}</ul></div>"
    )


def _actions(lines: Sequence[ActionLine]) -> str:
    if not lines:
        return "<p>No holding met a restricted entity.</p>"
    rows = [
        (
            chip(line.action),
            f"<strong>{escape(line.title)}</strong><br>{escape(line.means)}",
            escape(line.programmes),
            f"{line.holdings:,}",
            _amounts(line),
        )
        for line in lines
    ]
    return table(["Action", "What it means", "Programmes", "Holdings", "Market value"], rows, (3, 4))


def _amounts(line: ActionLine) -> str:
    said = [escape(str(amount)) for amount in line.amounts]
    if line.without_value:
        said.append(f"{line.without_value:,} without a value")
    return "<br>".join(said)


def _to_do(summary: Summary) -> str:
    titles = [
        "Action",
        "Security",
        "ISIN or ticker",
        "Portfolio",
        "Quantity",
        "Market value",
        "What to do",
        "Day",
        "Days left",
    ]
    listed = table(titles, [_item(item) for item in summary.to_do], (4, 5, 7, 8))
    more = f"<p><strong>{summary.to_do_left_out:,} more in the workbook.</strong></p>"
    return listed + (more if summary.to_do_left_out else "")


def _item(item: ToDo) -> tuple[str, ...]:
    also = f" Also: {item.also}." if item.also else ""
    value = "" if item.market_value is None else f"{item.currency} {money(item.market_value)}"
    return (
        chip(item.action),
        f"<strong>{escape(item.security)}</strong>",
        escape(item.identifier),
        escape(item.portfolio),
        "" if item.quantity is None else f"{item.quantity:,.10g}",
        escape(value),
        escape(f"{item.do} ({item.programme}){also}"),
        "" if item.day is None else day_in_words(item.day),
        "" if item.days_left is None else f"{item.days_left:,}",
    )


def _deadlines(lines: Sequence[Deadline]) -> str:
    if not lines:
        return "<p>No day is set for any holding.</p>"
    rows = [
        (
            chip(line.action),
            escape(line.event[:1].upper() + line.event[1:])
            + (" (this day has passed)" if line.days_left < 0 else ""),
            escape(line.programmes),
            f"{line.holdings:,}",
            escape(in_words(line.amounts)),
            day_in_words(line.day),
            f"{line.days_left:,}",
        )
        for line in lines
    ]
    titles = ["Action", "What happens", "Programmes", "Holdings", "Market value", "Day", "Days left"]
    return table(titles, rows, (3, 5, 6))


def _coverage(summary: Summary) -> str:
    cover = summary.coverage
    rows = [
        (
            escape(line.currency or "not stated"),
            *(
                money(value)
                for value in (line.with_finding, line.clear, line.not_screened, line.cash, line.total)
            ),
            f"{line.without_value:,}",
        )
        for line in cover.values
    ]
    titles = [
        "Currency",
        "With a finding",
        "Clear",
        "Not screened",
        "Cash",
        "All that was read",
        "Rows without a value",
    ]
    said = [*cover.told(), *summary.notes]
    checks = "".join(f"<p>{escape(sentence)}</p>" for sentence in said)
    values = table(titles, rows, range(1, 7)) if rows else ""
    return f"<p><strong>{escape(cover.sentence())}</strong></p>{values}{checks}"


def _lists(summary: Summary) -> str:
    return "<ul>" + "".join(f"<li>{escape(line.sentence())}</li>" for line in summary.lists) + "</ul>"
