"""The first page as HTML: the body of the mail and the page of the web face, from the same facts as the workbook.

Self-contained: no script, no picture, no address is fetched. It prints to A4.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from screener.report.facts import ActionLine, Deadline, Summary, ToDo, in_words
from screener.report.words import day_in_words, words

_STYLE: Final = """
body{font:14px/1.45 Arial,Helvetica,sans-serif;color:#1d2733;background:#fff;margin:0 auto;padding:16px;max-width:1100px}
header{background:#14283c;color:#fff;padding:14px 18px}
header h1{font-size:22px;margin:0}header p{margin:2px 0 0;font-size:13px}
h2{font-size:16px;color:#14283c;margin:24px 0 6px}
.verdict{font-size:17px;font-weight:bold;color:#14283c}
.banner{padding:10px 14px}.banner ul{margin:4px 0 0;padding-left:20px}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th{background:#14283c;color:#fff;text-align:left;padding:5px 8px;font-size:12px}
td{border-bottom:1px solid #c9d0d8;padding:5px 8px;vertical-align:top;overflow-wrap:anywhere}
.n{text-align:right;white-space:nowrap;overflow-wrap:normal}
.chip{display:inline-block;padding:2px 8px;font-weight:bold;font-size:12px;white-space:nowrap;border:1px solid #1d2733}
footer{font-size:12px;color:#5a6672;margin-top:24px;font-style:italic}
@media print{@page{size:A4 landscape;margin:12mm}body{padding:0;max-width:none;font-size:11px}thead{display:table-header-group}
tr{break-inside:avoid}h2{break-after:avoid}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""


def html_page(summary: Summary) -> str:
    """``summary`` as a complete HTML document."""
    parts = [
        _head(summary),
        f'<p class="verdict">{escape(summary.verdict)}</p>',
        _banner(summary),
        _section("What to do, and how much", _actions(summary.actions)),
        _section("Action needed", _to_do(summary)) if summary.to_do_total else "",
        _section("Deadlines", _deadlines(summary.deadlines)),
        _section("Coverage: is everything in here?", _coverage(summary)),
        _section("Lists this report rests on", _lists(summary)),
        f"<footer>{escape(summary.disclaimer)}</footer>",
    ]
    return _document(f"{summary.title}, {day_in_words(summary.as_of)}", "\n".join(parts))


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


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


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """A table of cells that are HTML already; ``numbers`` are the columns set to the right."""
    kind = ['class="n"' if column in numbers else "" for column in range(len(titles))]
    head = "".join(f'<th scope="col" {k}>{escape(title)}</th>' for title, k in zip(titles, kind, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td {k}>{cell}</td>" for cell, k in zip(row, kind, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _chip(action: str) -> str:
    look = words().actions[action]
    return f'<span class="chip" style="background:#{look.fill};color:#{look.text}">{escape(action)}</span>'


def _actions(lines: Sequence[ActionLine]) -> str:
    if not lines:
        return "<p>No holding met a restricted entity.</p>"
    rows = [
        (
            _chip(line.action),
            f"<strong>{escape(line.title)}</strong><br>{escape(line.means)}",
            escape(line.programmes),
            f"{line.holdings:,}",
            _amounts(line),
        )
        for line in lines
    ]
    return _table(["Action", "What it means", "Programmes", "Holdings", "Market value"], rows, (3, 4))


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
    table = _table(titles, [_item(item) for item in summary.to_do], (4, 5, 7, 8))
    more = f"<p><strong>{summary.to_do_left_out:,} more in the workbook.</strong></p>"
    return table + (more if summary.to_do_left_out else "")


def _item(item: ToDo) -> tuple[str, ...]:
    also = f" Also: {item.also}." if item.also else ""
    value = "" if item.market_value is None else f"{item.currency} {item.market_value:,.0f}"
    return (
        _chip(item.action),
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
            _chip(line.action),
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
    return _table(titles, rows, (3, 5, 6))


def _coverage(summary: Summary) -> str:
    cover = summary.coverage
    rows = [
        (
            escape(line.currency or "not stated"),
            *(
                f"{value:,.0f}"
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
    said = [*(check.sentence() for check in cover.checks), *summary.notes]
    checks = "".join(f"<p>{escape(sentence)}</p>" for sentence in said)
    table = _table(titles, rows, range(1, 7)) if rows else ""
    return f"<p><strong>{escape(cover.sentence())}</strong></p>{table}{checks}"


def _lists(summary: Summary) -> str:
    return "<ul>" + "".join(f"<li>{escape(line.sentence())}</li>" for line in summary.lists) + "</ul>"
