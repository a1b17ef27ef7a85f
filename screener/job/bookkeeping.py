"""The books of funds that a run looked into, and its reference files, packed for a repetition: what was read of each, and under which names."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict

import pandas as pd
from pandera.typing import DataFrame

from screener.contracts import checked
from screener.funds import Book, Books
from screener.holdings.model import Holdings
from screener.reference import IssuerLinks, Reference, ReferenceFile, load_reference

_INDEX = "index.json"
_MOMENT = (1980, 1, 1, 0, 0, 0)


def pack_books(books: Books) -> bytes:
    """``books`` as a zip that is the same whenever it is made; b"" where there are none."""
    if not books.by_name and not books.warnings:
        return b""
    files = {book.file: book for book in books.by_name.values()}
    index = {
        "names": {name: book.file for name, book in books.by_name.items()},
        "books": {file: book.sha256 for file, book in files.items()},
        "warnings": list(books.warnings),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        target.writestr(zipfile.ZipInfo(_INDEX, _MOMENT), json.dumps(index))
        for number, book in enumerate(files.values(), 1):
            content = book.holdings.to_parquet(index=False, compression="zstd")
            target.writestr(zipfile.ZipInfo(f"{number}.parquet", _MOMENT), content)
    return out.getvalue()


def pack_reference(reference: Reference) -> bytes:
    """What reference files said of the securities of a run; b"" where there were none."""
    if not reference.files:
        return b""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        index = json.dumps([asdict(one) for one in reference.files])
        target.writestr(zipfile.ZipInfo(_INDEX, _MOMENT), index)
        links = reference.links.to_parquet(index=False, compression="zstd")
        target.writestr(zipfile.ZipInfo("links.parquet", _MOMENT), links)
    return out.getvalue()


def unpack_reference(content: bytes) -> Reference:
    """The reference that was packed."""
    if not content:
        return load_reference((), ())
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        files = tuple(ReferenceFile(**one) for one in json.loads(source.read(_INDEX)))
        links = pd.read_parquet(io.BytesIO(source.read("links.parquet")))
    return Reference(DataFrame[IssuerLinks](links), files)


def unpack_books(content: bytes) -> Books:
    """The books that were packed."""
    if not content:
        return Books()
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        index = json.loads(source.read(_INDEX))
        books = {
            file: Book(
                file, sha256, checked(Holdings, pd.read_parquet(io.BytesIO(source.read(f"{number}.parquet"))))
            )
            for number, (file, sha256) in enumerate(index["books"].items(), 1)
        }
    return Books({name: books[file] for name, file in index["names"].items()}, tuple(index["warnings"]))
