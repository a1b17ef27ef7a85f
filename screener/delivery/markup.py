"""A letter as HTML that mail programs show as meant: one column, tables, styles inline, nothing fetched.

Mail programs drop style sheets, scripts and pictures, and Outlook lays out with the engine of Word; what is left to all
of them is nested tables with inline styles. The column is at most 600 px wide and shrinks to a telephone.
"""

from __future__ import annotations

from html import escape
from typing import Final

from screener.delivery.blocks import Banner, Block, Bullets, Card, Heading, Letter, Link, Paragraph
from screener.delivery.model import Chip

_FONT: Final = "font-family:Arial,Helvetica,sans-serif;"
_NAVY: Final = "#14283c"
_BREAK: Final = "word-break:break-word;overflow-wrap:anywhere;"
_TONES: Final = {
    "lead": f"font-size:18px;line-height:25px;font-weight:bold;color:{_NAVY};",
    "body": "font-size:15px;line-height:22px;color:#1d2733;",
    "small": "font-size:12px;line-height:17px;color:#5a6672;",
}
_TABLE: Final = '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'


def html_text(letter: Letter) -> str:
    """``letter`` as a complete HTML document."""
    rows = "\n".join(_row(_block(block)) for block in letter.blocks)
    facts = " · ".join(_together(fact) for fact in letter.facts)
    band = (
        f'<tr><td bgcolor="{_NAVY}" style="background:{_NAVY};color:#ffffff;padding:16px 20px;{_FONT}{_BREAK}">'
        f'<h1 style="margin:0;font-size:20px;line-height:26px;font-weight:bold;color:#ffffff;">{escape(letter.title)}</h1>'
        f'<p style="margin:4px 0 0;font-size:13px;line-height:18px;color:#ffffff;">{facts}</p></td></tr>'
    )
    column = f'{_TABLE} style="max-width:600px;background:#ffffff;" bgcolor="#ffffff">{band}\n{rows}</table>'
    return _document(letter, column)


def _document(letter: Letter, column: str) -> str:
    return (
        f'<!doctype html>\n<html lang="{escape(letter.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light"><meta name="x-apple-disable-message-reformatting">'
        f"<title>{escape(letter.title)}</title></head>\n"
        f'<body style="margin:0;padding:0;background:#eef1f4;">{_TABLE} bgcolor="#eef1f4">'
        f'<tr><td align="center">\n{_fixed(column)}</td></tr></table></body></html>\n'
    )


def _fixed(column: str) -> str:
    """Outlook on Windows knows no max-width: it alone sees a table of 600 px around the column."""
    return (
        '<!--[if mso]><table role="presentation" width="600"><tr><td><![endif]-->'
        f"{column}<!--[if mso]></td></tr></table><![endif]-->"
    )


def _row(content: str) -> str:
    return f'<tr><td style="padding:8px 20px;{_FONT}{_BREAK}">{content}</td></tr>'


def _block(block: Block) -> str:
    match block:
        case Paragraph(text, tone):
            return _paragraph(escape(text), tone)
        case Heading(text):
            return f'<h2 style="margin:12px 0 0;font-size:16px;line-height:22px;color:{_NAVY};">{escape(text)}</h2>'
        case Banner():
            return _banner(block)
        case Bullets(lines):
            return _bullets(lines, "#1d2733")
        case Card():
            return _card(block)
        case Link(text, address):
            return _paragraph(f"{escape(text)} {_link(address)}", "body")


def _paragraph(content: str, tone: str) -> str:
    return f'<p style="margin:0;{_TONES[tone]}">{content}</p>'


def _bullets(lines: tuple[str, ...], ink: str) -> str:
    items = "".join(f'<li style="margin:0 0 4px;">{escape(line)}</li>' for line in lines)
    return f'<ul style="margin:4px 0 0;padding-left:20px;font-size:14px;line-height:20px;color:{ink};">{items}</ul>'


def _banner(banner: Banner) -> str:
    fill, ink = f"#{banner.chip.fill}", f"#{banner.chip.ink}"
    title = f'<p style="margin:0;font-size:15px;line-height:21px;font-weight:bold;color:{ink};">{escape(banner.title)}</p>'
    return (
        f'{_TABLE} bgcolor="{fill}"><tr><td bgcolor="{fill}" style="background:{fill};padding:10px 14px;{_FONT}{_BREAK}">'
        f"{title}{_bullets(banner.lines, ink)}</td></tr></table>"
    )


def _card(card: Card) -> str:
    facts = " · ".join(_together(fact) for fact in card.facts)
    told = [
        f'<p style="margin:0;font-size:15px;line-height:22px;color:#1d2733;">{_chip(card.chip)}&ensp;<strong>{escape(card.title)}</strong></p>',
        f'<p style="margin:2px 0 0;font-size:13px;line-height:19px;color:#5a6672;">{facts}</p>'
        if facts
        else "",
        f'<p style="margin:2px 0 0;font-size:14px;line-height:20px;color:#1d2733;">{escape(card.text)}</p>',
    ]
    return (
        f'{_TABLE}><tr><td style="border-left:4px solid #{card.chip.fill};padding:2px 0 2px 12px;{_FONT}{_BREAK}">'
        f"{''.join(told)}</td></tr></table>"
    )


def _together(fact: str) -> str:
    """A short fact is not broken over two lines: an amount stays with its currency."""
    return escape(fact).replace(" ", "&nbsp;") if len(fact) <= 30 else escape(fact)


def _chip(chip: Chip) -> str:
    return (
        f'<span style="background:#{chip.fill};color:#{chip.ink};font-size:12px;font-weight:bold;padding:2px 7px;'
        f'white-space:nowrap;">{escape(chip.code)}</span>'
    )


def _link(address: str) -> str:
    if not address.startswith(("http://", "https://")):
        return escape(address)
    return f'<a href="{escape(address)}" style="color:#1a56a8;">{escape(address)}</a>'
