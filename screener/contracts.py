"""The common ground of all frame contracts: strict columns in a fixed order, no silent extras."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from math import inf, nan
from typing import Any, Final, TypeVar, cast

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandas.api.types import infer_dtype
from pandera.typing import DataFrame

Model = TypeVar("Model", bound="Frame")


class Frame(pa.DataFrameModel):
    """Base of the schemas that flow between stages."""

    class Config:
        strict = True
        coerce = True
        ordered = True


def columns(model: type[Frame]) -> list[str]:
    """The column names of ``model``, in order."""
    return list(_asked(model))


def empty(model: type[Model]) -> DataFrame[Model]:
    """A frame of ``model`` without rows."""
    asked = _asked(model)
    return checked(model, pd.DataFrame({name: pd.Series(dtype=asked[name].dtype.type) for name in asked}))


def checked(model: type[Model], frame: pd.DataFrame) -> DataFrame[Model]:
    """``frame`` with the columns of ``model`` in order, every value checked; raises SchemaErrors with all failures."""
    chosen = _texts_as_asked(frame.loc[:, columns(model)], model)
    if _keeps(chosen, model):
        return cast("DataFrame[Model]", chosen)
    return model.validate(chosen, lazy=True)


_OF_TEXTS: Final = (pd.StringDtype(na_value=nan), np.dtype(object))

# What most contracts ask, as pandas answers it at once. pandera takes some milliseconds a column whatever its length,
# which adds up to most of the time of a small run: it is asked where these do not settle the matter, and says what is wrong.
_ANSWERS: Final[Mapping[str, Callable[..., pd.Series[bool]]]] = {
    "isin": lambda values, allowed_values: values.isin(allowed_values),
    "greater_than_or_equal_to": lambda values, min_value: values >= min_value,
    "less_than_or_equal_to": lambda values, max_value: values <= max_value,
    "str_length": lambda values, min_value, max_value, exact_value: values.str.len().between(
        exact_value or min_value or 0, exact_value or max_value or inf
    ),
    "str_matches": lambda values, pattern: values.str.match(pattern),
}


def _texts_as_asked(frame: pd.DataFrame, model: type[Frame]) -> pd.DataFrame:
    """``frame`` with columns of texts as ``model`` keeps them: as strings, or as objects where long texts repeat."""
    asked = {name: column.dtype.type for name, column in _asked(model).items()}
    other = {
        name: kind
        for name, kind in asked.items()
        if kind in _OF_TEXTS
        and frame[name].dtype != kind
        and infer_dtype(frame[name], skipna=False) == "string"
    }
    return frame.astype(other) if other else frame


def _keeps(frame: pd.DataFrame, model: type[Frame]) -> bool:
    """Whether ``frame`` is plainly what ``model`` asks for; False where only pandera can tell."""
    asked = _asked(model)
    if list(frame.columns) != list(asked):
        return False
    return all(_column_keeps(frame[name], column) for name, column in asked.items())


@cache
def _asked(model: type[Frame]) -> dict[str, Any]:
    return dict(model.to_schema().columns)


def _column_keeps(values: pd.Series[Any], column: Any) -> bool:
    if values.dtype != column.dtype.type or any(check.name not in _ANSWERS for check in column.checks):
        return False
    if not column.nullable and values.isna().any():
        return False
    if column.unique and values.duplicated().any():
        return False
    return all(bool(_ANSWERS[check.name](values, **check.statistics).all()) for check in column.checks)
