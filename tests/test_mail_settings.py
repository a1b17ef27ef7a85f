"""``[mail]``: addresses, secrets, what holds for one portfolio, and the shipped file that explains all of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.errors import ConfigurationError
from screener.mail_settings import Address, MailSettings, parse_address
from screener.settings import Settings, load_settings, read_toml, shipped_config


def _load(folder: Path, text: str) -> Settings:
    file = folder / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("pm@example.com", Address("pm@example.com")),
        ("Pia Øst <pm@example.com>", Address("pm@example.com", "Pia Øst")),
        ('"Øst, Pia" <pm@example.com>', Address("pm@example.com", "Øst, Pia")),
        ("<pm@example.com>", Address("pm@example.com")),
        ("ops@localhost", Address("ops@localhost")),
        ("a.b+c@mail.bücher.example", Address("a.b+c@mail.xn--bcher-kva.example")),
    ],
)
def test_addresses_as_people_write_them(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pm",
        "pm@",
        "@example.com",
        "a b@example.com",
        "pm@example..com",
        "pm@-x.com",
        "a@b@c",
        "a@b.c>,<d@e.f",
        "pm@example.com\r\nBcc: x@example.com",
        "Pia\nBcc: x@y.z <pm@example.com>",
        "x" * 65 + "@example.com",
        "pø@example.com",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no mail address"):
        parse_address(text)


@given(st.text(max_size=40), st.text(max_size=30))
def test_what_is_taken_as_an_address_can_stand_in_a_command(name: str, spec: str) -> None:
    try:
        address = parse_address(f"{name} <{spec}>")
    except ValueError:
        return
    assert address.spec.isascii()
    assert not set(address.spec) & set(" <>\r\n\t,;\x00")
    assert address.spec.count("@") == 1


def test_a_secret_never_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCREENER_MAIL__PASSWORD", "hunter2")
    settings = _load(tmp_path, '[mail.portfolios.A]\nattachment_password = "hunter3"\n')
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert "hunter" not in shown
    assert "****" in shown
    assert settings.mail.login_password() == "hunter2"
    assert settings.mail.for_portfolio("A").workbook_password() == "hunter3"


def test_a_password_from_a_file_goes_before_one_in_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("pass word \n", encoding="utf-8")
    monkeypatch.setenv("SCREENER_MAIL__PASSWORD_FILE", str(secret))
    assert _load(tmp_path, '[mail]\npassword = "other"\n').mail.login_password() == "pass word "
    secret.unlink()
    with pytest.raises(ConfigurationError, match=r"password_file: cannot be read \(No such file"):
        _load(tmp_path, "").mail.login_password()


@pytest.mark.parametrize("given_as", ["a@x.example, b@x.example", '["a@x.example", "b@x.example"]'])
def test_addresses_from_the_environment(
    given_as: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENER_MAIL__TO", given_as)
    assert [one.spec for one in _load(tmp_path, "").mail.to] == ["a@x.example", "b@x.example"]


def test_what_holds_for_one_portfolio(tmp_path: Path) -> None:
    mail = _load(
        tmp_path,
        '[mail]\nto = ["all@x.example"]\ncc = ["c@x.example"]\n'
        '[mail.portfolios."Fund *"]\nto = ["funds@x.example"]\nlanguage = "nl"\n'
        '[mail.portfolios."Fund A"]\nto = ["a@x.example"]\ncc = []\n',
    ).mail
    chosen = {
        name: ([a.spec for a in one.to], [a.spec for a in one.cc], one.language)
        for name in ("fund a", "Fund B", "Other")
        for one in [mail.for_portfolio(name)]
    }
    assert chosen == {
        "fund a": (["a@x.example"], [], "en"),
        "Fund B": (["funds@x.example"], ["c@x.example"], "nl"),
        "Other": (["all@x.example"], ["c@x.example"], "en"),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('hosst = "x"', "mail.hosst: is not a known key. Did you mean 'host'?"),
        ('host = "x"', "host is given without sender"),
        ('to = ["a b@c"]', "'a b@c' is no mail address"),
        ('security = "ssl"', "'starttls', 'tls' or 'none'"),
        (
            'host = "x"\nsender = "a@b.c"\nsecurity = "none"\nusername = "u"',
            "would send the password in the clear",
        ),
        ("unknown_minutes = 5", "unknown_minutes must be longer than reply_seconds"),
        (
            '[mail.portfolios.A]\ntoo = ["a@b.c"]',
            "mail.portfolios.A.too: is not a known key. Did you mean 'to'?",
        ),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as error:
        _load(tmp_path, f"[mail]\n{text}\n")
    assert said in str(error.value)
    assert "mine.toml" in str(error.value)


def test_the_shipped_file_explains_every_key_and_gives_its_default() -> None:
    path = shipped_config() / "screener.toml"
    shipped = read_toml(path)["mail"]
    header = path.read_text(encoding="utf-8").split("# [mail]\n")[1].split("\n\n")[0]
    assert MailSettings(**shipped) == MailSettings()
    fields = set(MailSettings.model_fields) - {"portfolios"}
    assert set(shipped) == fields
    assert all(f" {name}" in header for name in fields)
