"""The words of the report: lawful, complete, legible."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.errors import ConfigurationError
from screener.report.words import SALE_ALLOWED, parse, speaks_of_sale, urges_sale, what_to_do, words
from screener.rules.model import ACTIONS
from screener.settings import shipped_toml

AS_OF = date(2022, 6, 3)
DAYS = st.one_of(st.just(""), st.dates(date(2020, 1, 1), date(2025, 1, 1)).map(date.isoformat))


def _tables(**changes: Any) -> dict[str, Any]:
    tables = copy.deepcopy(shipped_toml("report.toml"))
    for path, value in changes.items():
        code, key = path.split("__")
        tables["actions"][code][key] = value
    return tables


@given(st.sampled_from(ACTIONS), st.sampled_from(["", "yes", "no"]), DAYS)
def test_a_sale_is_spoken_of_only_under_codes_and_on_days_that_allow_it(
    action: str, mandatory: str, day: str
) -> None:
    said = what_to_do(action, mandatory, day, AS_OF)
    closed = action == "DIVEST" and day != "" and day < AS_OF.isoformat()
    if action not in SALE_ALLOWED or closed:
        assert not speaks_of_sale(said), said


def test_the_last_day_of_a_window_is_still_open() -> None:
    assert "A sale is allowed up to and including 3 Jun 2022" in what_to_do(
        "DIVEST", "no", "2022-06-03", AS_OF
    )
    assert "must be sold by 3 Jun 2022" in what_to_do("DIVEST", "yes", "2022-06-03", AS_OF)
    assert "window closed on 2 Jun 2022" in what_to_do("DIVEST", "yes", "2022-06-02", AS_OF)


def test_every_text_of_the_other_codes_is_free_of_advice_to_sell() -> None:
    for code in set(ACTIONS) - set(SALE_ALLOWED):
        chosen = words().actions[code]
        for text in (chosen.title, chosen.means, chosen.count, chosen.do, chosen.do_dated, chosen.event):
            assert not speaks_of_sale(text), f"{code}: {text}"


@pytest.mark.parametrize(
    "text", ["Sell it.", "must be sold", "A sale is allowed", "divest now", "Dispose of it"]
)
def test_wording_that_advises_a_sale_is_refused_by_key(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"actions\.HOLD\.do: speaks of a sale"):
        parse(_tables(HOLD__do=text))


def test_a_code_without_a_sale_cannot_be_declared_to_have_one() -> None:
    with pytest.raises(ConfigurationError, match=r"actions\.BLOCK\.sale"):
        parse(_tables(BLOCK__sale=True))


def test_an_unknown_and_a_missing_key_are_named() -> None:
    with pytest.raises(ConfigurationError, match=r"actions\.INFO\.tilte: is not a known key"):
        parse(_tables(INFO__tilte="x"))
    tables = _tables()
    del tables["actions"]["INFO"]["means"]
    with pytest.raises(ConfigurationError, match=r"actions\.INFO\.means: is missing"):
        parse(tables)
    del tables["banner"]["red"]
    with pytest.raises(ConfigurationError, match="red"):
        parse(tables)


@pytest.mark.parametrize(
    ("text", "urges"),
    [
        ("The position must be sold at once", True),
        ("You may sell until Friday", True),
        ("Transactions solely to divest were allowed until 2 Jun 2022", False),
        ("No purchase and no sale without a licence", False),
    ],
)
def test_an_explanation_may_tell_of_a_sale_but_not_call_for_one(text: str, urges: bool) -> None:
    assert urges_sale(text) is urges


def test_labels_can_be_read_on_their_colours() -> None:
    looks: list[Any] = [*words().actions.values(), *words().banner.values()]
    assert all(_contrast(look.fill, look.text) >= 4.5 for look in looks)


def _contrast(first: str, second: str) -> float:
    """WCAG 2.1, relative luminance."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
