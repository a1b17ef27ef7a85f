"""README tells the truth: its help texts, files, codes and commands are those of the program."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from screener.rules.model import ACTIONS
from tests.samples import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)
HELP = {block.split("\n", 1)[0][2:]: block.split("\n", 1)[1] for block in BLOCKS if block.startswith("$ ")}


def _help(command: str) -> str:
    arguments = [sys.executable, "-m", "screener.cli", *command.split()[1:]]
    environment = {"COLUMNS": "80", "TERM": "dumb", "PYTHONIOENCODING": "utf-8"}
    shown = subprocess.run(
        arguments, capture_output=True, text=True, check=True, encoding="utf-8", env=os.environ | environment
    )
    return shown.stdout.replace("python -m screener.cli", "screener")


@pytest.mark.parametrize("command", sorted(HELP))
def test_help_blocks_are_what_the_program_prints(command: str) -> None:
    assert HELP[command].strip() == _help(command).strip()


def test_every_decision_code_is_explained() -> None:
    explained = re.findall(r"^\| `([A-Z_]+)` \|", README, flags=re.MULTILINE)
    assert explained == list(ACTIONS)


def test_every_file_named_exists() -> None:
    named = re.findall(r"(?:\(|`|\s)((?:fixtures|config|screener|tests)/[\w./-]+)", README)
    assert named
    missing = [name for name in named if not (ROOT / name.rstrip(".")).exists()]
    assert not missing


def test_every_command_named_exists() -> None:
    known = set(re.findall(r"^  (\w+)  ", _help("screener --help"), flags=re.MULTILINE))
    used = {
        line.split()[1] for block in BLOCKS for line in block.splitlines() if line.startswith("screener ")
    }
    assert used <= known
