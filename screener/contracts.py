"""The common ground of all frame contracts: strict columns in a fixed order, no silent extras."""

from __future__ import annotations

from typing import TypeVar

import pandas as pd
import pandera.pandas as pa
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
    return list(model.to_schema().columns)


def empty(model: type[Model]) -> DataFrame[Model]:
    """A frame of ``model`` without rows."""
    return checked(model, pd.DataFrame({name: [] for name in columns(model)}))


def checked(model: type[Model], frame: pd.DataFrame) -> DataFrame[Model]:
    """``frame`` with the columns of ``model`` in order, every value checked; raises SchemaErrors with all failures."""
    return model.validate(frame.loc[:, columns(model)], lazy=True)
