"""Rules that attach to the country of the issuer: every security of such an issuer is met, by ISIN or stated country."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import pandas as pd
from pandera.typing import DataFrame

from screener.beyond_lists.further import Further, joined
from screener.beyond_lists.signs import form_signs, market_signs
from screener.contracts import checked, empty
from screener.lists.model import Restricted
from screener.lists.text import country as code_of
from screener.matching.model import Matches, Securities
from screener.rules.decision import Rules
from screener.rules.ownership import Party
from screener.rules.programmes import Programme
from screener.settings import shipped_toml

_ISIN_COUNTRY: Final = 2
_BY_COUNTRY: Final = "it attaches to the issuer's country and names nobody"
_BY_SIGN: Final = 0.5
_UNKNOWN: Final = (
    ", and neither a country nor an ISIN of the issuer is stated: find out where the issuer is organised"
)
_FOREIGN_PAPER: Final = ("receipt",)  # its ISIN is that of the depositary's country


def with_countries(restricted: Restricted, rules: Rules) -> Restricted:
    """``restricted`` with one entry a country whose issuers a programme reaches by itself."""
    begun = [one for one in _country_rules(rules) if one[1].version[0].since <= rules.as_of]
    further = [_entry(code, programme, country) for code, programme, country in begun]
    sources = {code: _source(code, programme, rules.as_of) for code, programme, _ in begun}
    return joined(restricted, further, list(sources.values()), named=False)


def _entry(code: str, programme: Programme, country: str) -> Further:
    name = _country_name(country)
    return Further(
        party=Party(country, (f"Issuers in {name}",)),
        programme=code,
        list=programme.title,
        printed=f"Any entity in {name}",
        since=programme.version[0].since,
        note=_BY_COUNTRY,
        source_id=f"country:{code}",
    )


def _source(code: str, programme: Programme, day: date) -> tuple[str, ...]:
    version = programme.version_on(day)
    return (
        f"country:{code}",
        version.basis if version else programme.authority,
        programme.url,
        "",
        "primary",
    )


def of_countries(securities: DataFrame[Securities], rules: Rules) -> pd.Series[bool]:
    """Which securities have an ISIN, a stated country, or a sign of those that a programme reaches as a whole."""
    countries = {country for _, _, country in _country_rules(rules)}
    stated = _stated(securities)
    chosen = securities["isin"].str[:_ISIN_COUNTRY].isin(countries) | stated.isin(countries)
    silent = securities[stated == ""]
    for country in countries:
        chosen |= chosen.index.isin(silent.index[_signs(silent, country)["sign"] != ""])
    return chosen


def _signs(securities: DataFrame[Securities], country: str) -> pd.DataFrame:
    """``sign`` that points to ``country``, and ``told`` in words; "" where there is none, or an ISIN that says more."""
    name, form = _country_name(country), form_signs(securities["name"], country)
    without = securities["isin"] == ""
    market = pd.Series("", index=securities.index, dtype="str")
    market[without] = market_signs(securities[without], country)
    of_market = "the ticker is of a market in " + name
    of_form = "the legal form " + form + " points to " + name
    told = of_form.where(market == "", of_market)
    return pd.DataFrame({"sign": market.where(market != "", form), "told": told + _UNKNOWN})


def _stated(securities: pd.DataFrame) -> pd.Series[str]:
    """The ISO code of the country that the file states, "" where it states none that is known."""
    codes = {printed: code_of(printed) or "" for printed in securities["country"].unique()}
    return securities["country"].map(codes).astype("str")


def by_country(
    securities: DataFrame[Securities], instruments: pd.Series[str], rules: Rules
) -> DataFrame[Matches]:
    """Securities whose issuer is in a country that a programme reaches, by ISIN or by the country stated.

    ``instruments`` has the kind of instrument by ``security_id``. Where ISIN and country contradict each other a person
    decides, except for receipts, whose ISIN is that of the depositary.
    """
    found, codes = [], _stated(securities)
    for code, programme, country in _country_rules(rules):
        if programme.version[0].since > rules.as_of:
            continue
        prefix = securities["isin"].str[:_ISIN_COUNTRY]
        by_isin, stated = prefix == country, codes == country
        foreign = stated & ~by_isin & (prefix != "")
        receipt = securities["security_id"].map(instruments).isin(_FOREIGN_PAPER)
        elsewhere = by_isin & (codes != "") & ~stated
        chosen = securities[by_isin | stated]
        doubtful = ((foreign & ~receipt) | elsewhere)[chosen.index]
        found.append(_country_matches(chosen, doubtful, code, country))
        silent = (codes == "") & ((prefix == "") | (receipt & ~by_isin))
        found.append(_sign_matches(securities[silent], code, country))
    frames = [frame for frame in found if len(frame)]
    return checked(Matches, pd.concat(frames, ignore_index=True)) if frames else empty(Matches)


def _country_matches(
    chosen: pd.DataFrame, doubtful: pd.Series[bool], code: str, country: str
) -> pd.DataFrame:
    name = _country_name(country)
    by_isin = chosen["isin"].str[:_ISIN_COUNTRY] == country
    ours = ("ISIN " + chosen["isin"]).where(by_isin, "country " + chosen["country"])
    clear = f"the issuer is in {name}, by its ISIN"
    why = pd.Series(clear, index=chosen.index, dtype="str").where(
        by_isin, f"the file states {name} as the country"
    )
    told = "ISIN and stated country contradict each other: find out where the issuer is organised"
    return pd.DataFrame(
        {
            "security_id": chosen["security_id"],
            "entity_id": f"country:{country}",
            "listing_id": f"country:{country}/{code}",
            "tier": doubtful.map({True: "review", False: "match"}),
            "score": doubtful.map({True: 0.6, False: 1.0}),
            "method": "country",
            "ours": ours,
            "theirs": f"any issuer in {name}",
            "why": why.where(~doubtful, told),
        }
    )


def _sign_matches(silent: DataFrame[Securities], code: str, country: str) -> pd.DataFrame:
    """Securities of which only a sign says where the issuer is: for a person."""
    signs = _signs(silent, country)
    signs = signs[signs["sign"] != ""]
    return pd.DataFrame(
        {
            "security_id": silent.loc[signs.index, "security_id"],
            "entity_id": f"country:{country}",
            "listing_id": f"country:{country}/{code}",
            "tier": "review",
            "score": _BY_SIGN,
            "method": "country",
            "ours": signs["sign"],
            "theirs": f"any issuer in {_country_name(country)}",
            "why": signs["told"],
        }
    )


def _country_rules(rules: Rules) -> Iterator[tuple[str, Programme, str]]:
    off = {one.programme for one in rules.investor.switched_off}
    for code, programme in rules.programmes.by_code.items():
        if code not in off:
            yield from ((code, programme, country) for country in programme.countries)


def _country_name(code: str) -> str:
    return str(shipped_toml("countries.toml")["names"].get(code, [code])[0])
