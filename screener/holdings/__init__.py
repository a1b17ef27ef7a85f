"""Spreadsheets in: open any file, find the tables, name the columns, parse the values, account for every row."""

from screener.holdings.model import (
    ASSET_CLASSES,
    SEVERITIES,
    ColumnsRead,
    Holdings,
    Issues,
    OtherRows,
    Reading,
    StatedTotals,
    TablesRead,
)
from screener.holdings.normal_form import to_csv_frame
from screener.holdings.opening import needs_password
from screener.holdings.options import Limits, ReadOptions
from screener.holdings.profiles import (
    Profile,
    ProfileTable,
    find_profile,
    load_profile,
    make_profile,
    profile_path,
    save_profile,
)
from screener.holdings.reading import joined, read_file, read_files

__all__ = [
    "ASSET_CLASSES",
    "SEVERITIES",
    "ColumnsRead",
    "Holdings",
    "Issues",
    "Limits",
    "OtherRows",
    "Profile",
    "ProfileTable",
    "ReadOptions",
    "Reading",
    "StatedTotals",
    "TablesRead",
    "find_profile",
    "joined",
    "load_profile",
    "make_profile",
    "needs_password",
    "profile_path",
    "read_file",
    "read_files",
    "save_profile",
    "to_csv_frame",
]
