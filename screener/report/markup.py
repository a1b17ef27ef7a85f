"""Pieces of HTML that the first page and the whole report share; every rule of the style is inside ``.report``."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from screener.report.words import words

STYLE: Final = """
.report{font:14px/1.45 Arial,Helvetica,sans-serif;color:#1d2733;background:#fff;margin:0 auto;padding:16px;max-width:1100px}
.report header{background:#14283c;color:#fff;padding:14px 18px}
.report header h1{font-size:22px;margin:0}
.report header p{margin:2px 0 0;font-size:13px}
.report h2{font-size:16px;color:#14283c;margin:24px 0 6px}
.report .verdict{font-size:17px;font-weight:bold;color:#14283c}
.report .banner{padding:10px 14px}
.report .banner ul{margin:4px 0 0;padding-left:20px}
.report .wide{overflow-x:auto}
.report table{border-collapse:collapse;width:100%}
.report th{background:#14283c;color:#fff;text-align:left;padding:5px 8px;font-size:12px}
.report td{border-bottom:1px solid #c9d0d8;padding:5px 8px;vertical-align:top;overflow-wrap:anywhere}
.report .n{text-align:right;white-space:nowrap;overflow-wrap:normal}
.report .chip{display:inline-block;padding:2px 8px;font-weight:bold;font-size:12px;white-space:nowrap;border:1px solid #1d2733}
.report footer{font-size:12px;color:#5a6672;margin-top:24px;font-style:italic}
.report h3{font-size:14px;margin:0 0 6px}.report .changed{font-weight:bold}
.report article{border:1px solid #c9d0d8;padding:10px 12px;margin:0 0 12px;break-inside:avoid}
.report dl{margin:0 0 8px;display:grid;grid-template-columns:minmax(80px,120px) 1fr;gap:3px 10px}
.report dt{color:#5a6672;font-size:12px}.report dd{margin:0;overflow-wrap:anywhere}
.report ul{padding-left:20px;overflow-wrap:anywhere}.report a{color:#0b4f8a}
@media screen and (max-width:720px){.report thead{position:absolute;left:-9999px}.report tr{display:block;border-bottom:2px solid #14283c;padding:4px 0}
.report td,.report td.n{display:grid;grid-template-columns:96px 1fr;gap:8px;text-align:left;white-space:normal;border:0;padding:2px 4px}
.report td:empty{display:none}.report td::before{content:attr(data-label);color:#5a6672;font-size:12px}
.report td>div{min-width:0}.report dl{grid-template-columns:1fr}}
@media print{@page{size:A4 landscape;margin:12mm}.report{padding:0;max-width:none;font-size:11px}.report thead{display:table-header-group}
.report tr{break-inside:avoid}.report h2,.report h3{break-after:avoid}.report *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""


def document(title: str, body: str) -> str:
    """``body`` as a complete document, its style inside."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>body{{margin:0;background:#fff}}{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def section(title: str, body: str) -> str:
    """A heading and what is under it, which is HTML already."""
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """A table of cells that are HTML already; ``numbers`` are the columns set to the right."""
    kind = ['class="n"' if column in numbers else "" for column in range(len(titles))]
    head = "".join(f'<th scope="col" {k}>{escape(title)}</th>' for title, k in zip(titles, kind, strict=True))
    # On a narrow screen each cell stands on a line of its own, with the title of its column before it.
    begins = [f'<td {k} data-label="{escape(title)}">' for title, k in zip(titles, kind, strict=True)]
    body = "".join(
        "<tr>" + "".join(_cell(begin, cell) for begin, cell in zip(begins, row, strict=True)) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(begin: str, cell: str) -> str:
    return f"{begin}<div>{cell}</div></td>" if cell else f"{begin}</td>"


def chip(action: str) -> str:
    """A decision code on its colour."""
    look = words().actions[action]
    return f'<span class="chip" style="background:#{look.fill};color:#{look.text}">{escape(action)}</span>'
