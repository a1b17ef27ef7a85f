"""The report as a page."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from screener.rules.model import NEEDS_ACTION
from screener.web.languages import Language
from screener.web.profiles import CHOICES
from screener.web.render import action_words, language_of, page, person_of
from screener.web.runs import DOWNLOADS, Record
from screener.web.state import Web, of


def result_page(
    request: Request, record: Record, said: str = "", colour: str = "green", status: int = 200
) -> Response:
    """The report of ``record``; ``said`` tells what became of the last thing that was asked."""
    web, person, language = of(request), person_of(request), language_of(request)
    facts = web.runs.page(record.id)
    if facts is None or person is None:
        raise HTTPException(404, "not_found")
    has_uploads = bool(web.runs.uploads(record.id))
    return page(
        request,
        "result",
        status,
        run=record,
        s=facts["summary"],
        verdict=verdict(facts, language),
        coverage=facts["coverage"],
        coverage_line=_coverage_line(facts, language),
        groups=facts["groups"],
        not_screened=facts["not_screened"],
        issues=facts["issues"],
        lists=facts["lists"],
        changes=facts.get("changes"),  # a run of an earlier version has not kept them
        funds=facts.get("funds"),
        tables=facts["tables"],
        fields=CHOICES,
        action_words=action_words(language),
        downloads=[name for name in DOWNLOADS if web.runs.report_file(record, name)],
        has_uploads=has_uploads,
        may_correct=has_uploads and person.may("screener"),
        may_review=person.may("reviewer"),
        can_be_mailed=can_be_mailed(web, record) and person.may("screener"),
        said=said,
        said_colour=colour,
    )


def can_be_mailed(web: Web, record: Record) -> bool:
    """Whether the settings name a server and somebody to write to about this portfolio.

    A report is made again for its mail, which takes the password of a protected file, and that is not kept.
    """
    mail = web.settings.mail.for_portfolio(record.portfolio)
    return bool(mail.enabled and (mail.to or mail.cc) and not record.protected)


def verdict(facts: dict[str, Any], language: Language) -> str:
    """The verdict in the language of the page, from the same counts as the report's own sentence."""
    summary, screened = facts["summary"], facts["coverage"]["screened"]
    needing = [line for line in summary["actions"] if line["action"] in NEEDS_ACTION]
    words = action_words(language)
    if not screened:
        said = language.say("result.verdict_empty")
    elif not needing:
        said = language.say("result.verdict_none", of=language.number(screened))
    else:
        what = "; ".join(
            f"{language.number(line['holdings'])} {words[line['action']]['title']}" for line in needing
        )
        number = sum(line["holdings"] for line in needing)
        said = language.count("result.verdict_action", number, of=language.number(screened), what=what)
    unscreened = dict(summary["coverage"]["outcomes"]).get("not_screened", 0)
    return said + (f" {language.count('result.unscreened', unscreened)}" if unscreened else "")


def _coverage_line(facts: dict[str, Any], language: Language) -> str:
    """Rows in against rows accounted for; the report's own sentence where they do not meet."""
    if not facts["coverage"]["reconciles"]:
        return str(facts["coverage"]["sentence"])
    coverage = facts["summary"]["coverage"]
    counts = {name: language.number(number) for name, number in coverage["outcomes"]}
    return language.say("result.coverage_line", rows=language.number(coverage["rows_in"]), **counts)
