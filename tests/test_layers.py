"""Imports point down only, and each outside library has one home."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "screener"
# From the top down; rooms on one floor do not import each other.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("cli",),
    ("nightly", "web"),
    ("job",),
    ("report", "delivery", "history", "inspection"),
    ("screening",),
    ("disputes", "reviews"),
    ("findings", "beyond_lists", "funds", "identity"),
    ("matching", "rules"),
    ("holdings", "lists", "inbox"),
    ("reference", "tickers"),
    ("identifiers",),
    ("settings",),
    ("night_settings", "mail_settings", "web_settings", "settings_paths"),
    ("contracts", "locks"),
    ("errors",),
    ("__init__",),
)
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
HOME = {
    "openpyxl": {"report"},
    "python_calamine": {"holdings", "lists", "report"},
    "rapidfuzz": {"matching"},
    "scipy": {"matching"},
    "stdnum": {"identifiers"},
    "typer": {"cli"},
    "rich": {"cli"},
    "httpx": {"lists"},
    "pydantic_settings": {"settings"},
    "apscheduler": {"nightly"},
    "filelock": {"locks"},
    "tzlocal": {"nightly"},
    "sqlalchemy": {"history"},
    "alembic": {"history"},
    "fastapi": {"web"},
    "starlette": {"web"},
    "uvicorn": {"web"},
    "jinja2": {"web"},
    "limits": {"web"},
    "smtplib": {"delivery"},
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def _room(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _rooms_imported(module: Path) -> set[str]:
    names = {name.split(".")[1] for name in _imports(module) if name.startswith("screener.")}
    return {name for name in names if name in FLOOR}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(module: Path) -> None:
    room = _room(module)
    assert room in FLOOR, f"{room} has no floor: add it to FLOORS"
    wrong = {other for other in _rooms_imported(module) if other != room and FLOOR[other] <= FLOOR[room]}
    assert not wrong, f"{module.name} in {room} imports {wrong} from its own floor or above"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_library_has_one_home(module: Path) -> None:
    used = {name.split(".")[0] for name in _imports(module)}
    astray = {library for library, homes in HOME.items() if library in used and _room(module) not in homes}
    assert not astray


def test_only_the_command_line_prints() -> None:
    printing = [
        module.name
        for module in MODULES
        if _room(module) != "cli"
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not printing
