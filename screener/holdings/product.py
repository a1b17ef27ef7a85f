"""Quantity times price is value: by this a column shows what it is, whatever its heading says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from screener.holdings.content import sampled
from screener.holdings.grid import Column, Numbers
from screener.holdings.numbers import parse, style_of

PRODUCT: Final = ("quantity", "price", "market_value")
_SCALES: Final = (1.0, 0.01)  # prices in pence, bonds in percent of their nominal
_TOLERANCE: Final = 5e-3  # printed prices are rounded
_SHARE: Final = 0.8  # of the rows that have all three


def fits_product(name: str, column: Column, known: Mapping[str, Column]) -> bool:
    """Whether ``column`` completes the two ``known`` columns as ``name``, one of :data:`PRODUCT`, in most rows."""
    columns = [sampled(one) for one in (*known.values(), column)]
    style = style_of(columns, "")
    parsed = dict(zip((*known, name), (parse(one, style).values for one in columns), strict=True))
    product, value = parsed["quantity"] * parsed["price"], parsed["market_value"]
    usable = np.isfinite(product) & np.isfinite(value) & (product != 0) & (parsed["quantity"] != 1)
    if usable.sum() < 2:
        return False
    return any(_agree(product[usable] * scale, value[usable]) for scale in _SCALES)


def _agree(product: Numbers, value: Numbers) -> bool:
    return bool((np.abs(value - product) <= _TOLERANCE * np.abs(product)).mean() >= _SHARE)
