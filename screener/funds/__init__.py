"""Funds: what they hold, read from their own holdings files, and what that makes of the fund."""

from screener.funds.books import Book, Books
from screener.funds.files import Source, open_books
from screener.funds.model import Exposures, Funds

__all__ = ["Book", "Books", "Exposures", "Funds", "Source", "open_books"]
