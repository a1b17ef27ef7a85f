"""Settings: paths are those of the file that names them, whatever folder the program is started in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from screener.lists.config import read_config
from screener.settings import Settings, load_settings, shipped_config
from screener.settings_paths import NAMES_OR_FILES, PATHS, with_whole_paths
from tests.samples import ROOT

HOUSE = "company,isin,from,reason\nExample Mines PLC,GB0000000000,2024-01-01,coal\n"
HOLDINGS = "Security,ISIN,Quantity\nEXAMPLE MINES PLC,GB0000000000,10\n"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder that nobody chose; the settings stand in ``desk`` beside it."""
    for name in ("desk", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "desk"


def written(folder: Path, text: str) -> Path:
    file = folder / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return file


class TestPathsOfASettingsFile:
    def test_they_are_those_of_its_folder(self, elsewhere: Path) -> None:
        file = written(
            elsewhere,
            '[run]\nout = "reports"\nownership = "owners.csv"\nreference = ["gleif.csv", "/srv/firds.csv"]\n'
            'investor = "mine.toml"\nlook_through = ["funds", "IE00B4L5Y983=world.csv"]\n'
            '[lists]\ndata = "data"\nsources = "mylists.toml"\nstarter = "../starter"\n'
            '[inbox]\nfolder = "in"\n[[inbox.match]]\npattern = "*"\ninvestor = "their.toml"\n'
            '[mail]\nca_file = "ca.pem"\nlanguage = "frysk.toml"\n'
            '[mail.portfolios."Fund *"]\nattachment_password_file = "secret"\n'
            '[history]\nurl = "sqlite:///history/runs.db?timeout=30"\n',
        )
        settings = load_settings(file)
        run = settings.run
        assert run.out == elsewhere / "reports"
        assert (run.ownership, run.investor) == (str(elsewhere / "owners.csv"), str(elsewhere / "mine.toml"))
        assert run.reference == (str(elsewhere / "gleif.csv"), str(Path("/srv/firds.csv")))
        assert run.look_through == (str(elsewhere / "funds"), f"IE00B4L5Y983={elsewhere / 'world.csv'}")
        assert settings.data_folder == elsewhere / "data"
        assert settings.sources_file == elsewhere / "mylists.toml"
        assert settings.starter_folder == elsewhere.parent / "starter"
        assert settings.inbox.folder == str(elsewhere / "in")
        assert settings.inbox.match[0].investor == str(elsewhere / "their.toml")
        assert settings.mail.ca_file == str(elsewhere / "ca.pem")
        assert settings.mail.language == str(elsewhere / "frysk.toml")
        assert settings.mail.portfolios["Fund *"].attachment_password_file == str(elsewhere / "secret")
        told = settings.history.url.get_secret_value()
        assert told == f"sqlite:///{(elsewhere / 'history/runs.db').as_posix()}?timeout=30"

    def test_what_is_no_path_stays(self, elsewhere: Path) -> None:
        url = "postgresql://someone@db.example.com/screener"
        file = written(
            elsewhere, f'[run]\ninvestor = "us"\n[mail]\nlanguage = "nl"\n[history]\nurl = "{url}"\n'
        )
        settings = load_settings(file)
        assert (settings.run.investor, settings.mail.language) == ("us", "nl")
        assert settings.history.url.get_secret_value() == url
        assert (settings.lists.data, settings.inbox.folder, settings.web.certificate) == ("", "", "")

    def test_a_path_from_home_and_a_file_named_by_a_relative_path(self, elsewhere: Path, home: Path) -> None:
        written(elsewhere, '[lists]\ndata = "~/kept"\nsources = "l.toml"\n')
        settings = load_settings(Path("../desk/settings.toml"))
        assert settings.data_folder == home / "kept"
        assert settings.sources_file == elsewhere / "l.toml"

    @pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
    def test_a_link_to_a_settings_file_stands_where_it_stands(self, elsewhere: Path, tmp_path: Path) -> None:
        """Kubernetes mounts files as links into a folder that changes its name with every version."""
        (tmp_path / "version1").mkdir()
        written(tmp_path / "version1", '[lists]\nsources = "l.toml"\n')
        link = elsewhere / "settings.toml"
        link.symlink_to(tmp_path / "version1" / "settings.toml")
        assert load_settings(link).sources_file == elsewhere / "l.toml"

    def test_the_environment_is_of_the_current_folder_and_goes_before(
        self, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SCREENER_LISTS__DATA", "mine")
        settings = load_settings(written(elsewhere, '[lists]\ndata = "data"\nsources = "l.toml"\n'))
        assert settings.data_folder == Path("mine")
        assert settings.sources_file == elsewhere / "l.toml"

    def test_the_shipped_settings_write_the_report_where_one_stands(self) -> None:
        assert load_settings().run.out == Path("report")

    def test_every_setting_that_is_a_path_is_known_as_one(self) -> None:
        """A new setting called a file or folder, or explained as one, belongs into the table."""
        paths = {key for key in _keys(Settings) if re.search(r"(_file|folder|certificate\w*|\.out)$", key)}
        assert paths - set(PATHS) == set()
        assert set(PATHS) | set(NAMES_OR_FILES) <= set(_keys(Settings))

    def test_the_wrong_kind_of_value_is_left_for_the_checks(self) -> None:
        told = {"run": ["no table"], "lists": {"data": 7}, "inbox": {"match": "x"}, "other": 1}
        assert with_whole_paths(told, Path("/desk")) == told

    def test_the_shipped_file_is_not_changed_by_it(self) -> None:
        shipped = tomllib.loads((shipped_config() / "screener.toml").read_text(encoding="utf-8"))
        changed = with_whole_paths(shipped, Path("/desk"))
        assert {key for key in shipped if shipped[key] != changed[key]} == {"run"}  # out alone names a path


def _keys(model: type[BaseModel], before: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        below = [one for one in (field.annotation, *get_args(field.annotation)) if _is_model(one)]
        within = "*." if "dict" in str(field.annotation) else ""
        for one in below:
            yield from _keys(one, f"{before}{name}.{within}")
        if not below:
            yield before + name


def _is_model(one: Any) -> bool:
    return isinstance(one, type) and issubclass(one, BaseModel)


class TestFilesOfLists:
    def test_paths_in_a_table_of_lists_are_those_of_its_folder(self, elsewhere: Path) -> None:
        own = elsewhere / "mylists.toml"
        own.write_text(
            '[fetch]\ndrop_folder = "drops"\nca_file = "ca.pem"\n[source.house]\nenabled = true\n'
            'addresses = { "x.csv" = "lists/x.csv" }\n',
            encoding="utf-8",
        )
        config = read_config(elsewhere / "data", own)
        house = config.source("house")
        assert house is not None
        assert config.drop_folder(house) == elsewhere / "drops" / "house"
        assert config.fetching.ca_file == str(elsewhere / "ca.pem")
        assert house.addresses["x.csv"] == str(elsewhere / "lists/x.csv")
        assert read_config(elsewhere / "data").fetching.ca_file == ""


def test_a_job_started_in_another_folder_finds_everything(elsewhere: Path) -> None:
    """As cron and systemd start it: the real commands, with a house list, a profile and a folder for reports."""
    (elsewhere / "exclusions.csv").write_text(HOUSE, encoding="utf-8")
    (elsewhere / "holdings.csv").write_text(HOLDINGS, encoding="utf-8")
    (elsewhere / "mylists.toml").write_text(
        '[source.house]\nenabled = true\naddresses = { "exclusions.csv" = "exclusions.csv" }\n',
        encoding="utf-8",
    )
    profile = (shipped_config() / "investors" / "example-house.toml").read_text(encoding="utf-8")
    (elsewhere / "mine.toml").write_text(profile, encoding="utf-8")
    file = written(
        elsewhere,
        '[run]\nout = "reports"\ninvestor = "mine.toml"\n[lists]\ndata = "data"\nsources = "mylists.toml"\n',
    )

    def screener(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "screener.cli", *arguments, "--config", str(file)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    updated = screener("lists", "update", "house")
    assert updated.returncode == 0, updated.stdout + updated.stderr
    ran = screener("run", str(elsewhere / "holdings.csv"), "--as-of", "2024-06-01")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "DIVEST" in (elsewhere / "reports" / "findings.csv").read_text(encoding="utf-8")
    assert (elsewhere / "data" / "lists" / "versions" / "house").is_dir()
    assert not list(Path.cwd().iterdir())
