"""The words of the page: every language has every key with the same places, and speaks of no sale."""

from __future__ import annotations

import re
import string
from datetime import date

import pytest

from screener.holdings.profiles import PROFILE_FIELDS
from screener.web.languages import chosen, languages
from tests.samples import ROOT

CODES = ["de", "en", "nl", "no"]
WEB = ROOT / "screener" / "web"
_SALE = {
    "en": r"\b(sell|sold|sale|sales|selling|divest\w*|dispos\w*)\b",
    "nl": r"\b(verkop\w*|verkocht|verkoop|desinvest\w*|afstot\w*|vervreemd\w*)\b",
    "no": r"\b(selg\w*|salg\w*|solgt|avhend\w*|nedsalg\w*)\b",
    "de": r"\b(verkauf\w*|veräuß\w*|abstoß\w*)\b",
}


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_english_is_first_and_all_are_there() -> None:
    assert list(languages()) == sorted(CODES, key=lambda code: (code != "en", code))


@pytest.mark.parametrize("code", CODES)
def test_every_language_has_every_key_with_the_same_places(code: str) -> None:
    english, language = languages()["en"], languages()[code]
    assert set(language.words) == set(english.words)
    assert len(language.months) == 12
    for key, text in language.words.items():
        assert text.strip()
        if key != "refused.sign_in":
            assert _places(text) == _places(english.words[key]), key


@pytest.mark.parametrize("code", CODES)
def test_no_word_speaks_of_a_sale(code: str) -> None:
    speaking = {
        key: text for key, text in languages()[code].words.items() if re.search(_SALE[code], text, re.I)
    }
    assert not speaking


def test_every_key_used_is_there_and_every_key_is_used() -> None:
    sources = [path for path in WEB.rglob("*.*") if path.suffix in (".py", ".html")]
    said = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    words = set(languages()["en"].words)
    known = words | {key.removesuffix(".one") for key in words}
    whole = set(re.findall(r"""\.(?:say|count)\(\s*["']([a-z_.]+)["']\s*[,)]""", said))
    assert whole <= known
    # Keys put together from a place and what comes: "state." ~ run.state, f"failed.{how}", Wrong("kind", ...).
    begun = set(re.findall(r"""["']([a-z_]+\.[a-z_]*)(?:["']\s*~|\{)""", said)) | {
        "wrong.",
        "failed.",
        "refused.",
    }
    unused = {
        key for key in known - {key for key in words if key.endswith((".one", ".many"))} if key not in said
    }
    assert not {key for key in unused if not key.startswith(tuple(begun))}


def test_every_field_of_a_profile_has_words() -> None:
    assert {f"field.{field}" for field in (*PROFILE_FIELDS, "none")} <= set(languages()["en"].words)


@pytest.mark.parametrize(
    ("wish", "accept", "code"),
    [
        ("", "", "en"),
        ("", "nl-NL,nl;q=0.9,en;q=0.8", "nl"),
        ("", "fr,nb;q=0.8,en;q=0.5", "no"),
        ("", "en;q=0.2,de;q=0.9", "de"),
        ("nl", "de", "nl"),
        ("xx", "de", "de"),
        ("", "de;q=high,*;;;", "en"),
    ],
)
def test_the_language_is_that_of_the_browser_or_the_one_switched_to(
    wish: str, accept: str, code: str
) -> None:
    assert chosen(wish, accept).code == code


def test_numbers_and_days_are_written_as_each_language_does() -> None:
    known = languages()
    assert [known[code].number(1234567.5, 1) for code in CODES] == [
        "1.234.567,5",
        "1,234,567.5",
        "1.234.567,5",
        "1\u00a0234\u00a0567,5",
    ]
    assert known["en"].day(date(2022, 6, 2)) == "2 Jun 2022"
    assert known["de"].day("2022-03-02T00:00") == "2 März 2022"
    assert known["nl"].number(None) == known["nl"].day("") == ""
