"""Matching: which entries of the restricted list a security met, by identifiers and by name, and why."""

from screener.matching.aids import Aids
from screener.matching.combine import match
from screener.matching.model import Matches, Securities
from screener.matching.names import NameIndex

__all__ = ["Aids", "Matches", "NameIndex", "Securities", "match"]
