"""A mail as it travels and as it is read: nothing can be slipped into it, and it says what the report says."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from html.parser import HTMLParser
from typing import Any, Final

import msoffcrypto
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.delivery import Digest, Kind, Matter, compose, languages, message_id, with_id, words_in
from screener.delivery.plain import one_line
from screener.delivery.words import SALE_ALLOWED, parse
from screener.errors import ConfigurationError
from screener.job.digest import digest_of
from screener.mail_settings import Address, MailSettings, parse_address
from screener.report import Report, html_page, summarise
from screener.report.workbook import workbook_bytes
from screener.rules.model import ACTIONS
from screener.settings import read_toml, shipped_config
from tests.report_samples import HOSTILE, build, finding, mixed, outcome, reports

NOW: Final = datetime(2022, 1, 15, 6, 30, tzinfo=UTC)
SENDER: Final = parse_address("Screening <screening@example.com>")
PM: Final = parse_address("Pia Ødegård <pm@example.com>")
MAIL: Final = MailSettings(host="mail.example.com", sender=SENDER, to=(PM,))
HEADERS: Final = {
    "Message-ID",
    "Date",
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Subject",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Importance",
    "MIME-Version",
    "Content-Type",
}
CHANGED: Final = ("New since 14 Jan 2022: CNOOC LTD (HOLD).",)


@cache
def _mixed() -> Digest:
    return digest_of(summarise(mixed()), CHANGED)


def matter(report: Report | None = None, **fields: Any) -> Matter:
    """What a mail on ``report`` is about."""
    digest = digest_of(summarise(report), CHANGED) if report else _mixed()
    base = Matter(
        Kind.FINDINGS, "5f2c", "Pension fund", date(2022, 1, 15), digest, folder="/srv/reports/5f2c"
    )
    return replace(base, **fields)


def read(about: Matter, mail: MailSettings = MAIL) -> EmailMessage:
    """The mail as a mail program reads it."""
    raw = with_id(compose(about, mail, mail.to, NOW).content, message_id(about.key, about.kind, PM, SENDER))
    return message_from_bytes(raw, policy=policy.default)


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    body = message.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content


def flat(message: EmailMessage) -> str:
    """The plain text without its line breaks."""
    return " ".join(text_of(message).split())


class Seen(HTMLParser):
    """What an HTML part shows, fetches and leaves open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [str(value) for name, value in attrs if name in ("src", "href", "background")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


ANYTHING = st.one_of(
    st.text(max_size=300),
    st.sampled_from(
        [
            *(text[:300] for text in HOSTILE),
            "a\r\nBcc: x@evil.example",
            "=?utf-8?q?a=0D=0ABcc:_x@evil.example?=",
            "\u2028Bcc: x@y.z",
            "\ud800",
        ]
    ),
    st.text(alphabet='\r\n\t ,;:<>"=?_æ漢\u2028\x85\x0b\x1c', max_size=120),
)


@settings(max_examples=150, deadline=None)
@given(portfolio=ANYTHING, name=ANYTHING, other=ANYTHING, template=st.booleans())
def test_no_text_becomes_a_header(portfolio: str, name: str, other: str, template: bool) -> None:
    people = (Address("a@x.example", name), Address("b@x.example", other))
    mail = MAIL.model_copy(
        update={
            "sender": Address("s@x.example", other),
            "reply_to": Address("r@x.example", name),
            "cc": (Address("c@x.example", name),),
            "subject": "[x] {portfolio}" if template else "",
        }
    )
    about = matter(portfolio=portfolio, key=portfolio)
    raw = with_id(
        compose(about, mail, people, NOW).content, message_id(portfolio, name, people[0], people[1])
    )
    head = raw.split(b"\r\n\r\n")[0]
    message = message_from_bytes(raw, policy=policy.default)
    names = message.keys()
    assert set(names) <= HEADERS
    assert len(names) == len(set(names))
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))
    assert raw.isascii()
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert [one.addr_spec for one in message["To"].addresses] == ["a@x.example", "b@x.example"]
    assert [one.addr_spec for one in message["Cc"].addresses] == ["c@x.example"]
    assert [one.addr_spec for one in message["From"].addresses] == ["s@x.example"]
    assert not message.defects


@settings(max_examples=100, deadline=None)
@given(ANYTHING)
def test_subject_and_names_arrive_as_they_were_written(text: str) -> None:
    mail = MAIL.model_copy(update={"sender": Address("s@x.example", text), "subject": "{portfolio}"})
    message = read(matter(portfolio=text), mail)
    printable = one_line(text.encode("utf-8", "replace").decode())
    if len(printable) <= 200:
        assert " ".join(str(message["Subject"]).split()) == " ".join(printable.split())


def test_headers_that_a_mail_from_a_machine_has() -> None:
    mail = MAIL.model_copy(
        update={
            "reply_to": parse_address("desk@example.com"),
            "cc": (parse_address("Risk <risk@example.com>"),),
        }
    )
    message = read(matter(), mail)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Reply-To"] == "desk@example.com"
    assert message["Cc"] == "Risk <risk@example.com>"
    assert message["Date"].datetime == NOW
    assert message["To"] == "Pia Ødegård <pm@example.com>"
    assert message["Message-ID"].endswith("@example.com>")


def test_a_message_id_belongs_to_one_run_kind_and_recipient() -> None:
    other = parse_address("other@example.com")
    same = {
        message_id("r", "findings", PM, SENDER),
        message_id("r", "findings", Address(PM.spec.upper()), SENDER),
    }
    assert len(same) == 1
    different = {
        message_id(key, kind, to, SENDER)
        for key in ("r", "s")
        for kind in ("findings", "failure")
        for to in (PM, other)
    }
    assert len(different) == 8


def test_the_same_mail_has_the_same_bytes() -> None:
    files = {"divestment-report.xlsx": b"PK workbook"}
    assert compose(matter(files=files), MAIL, MAIL.to, NOW) == compose(
        matter(files=files), MAIL, MAIL.to, NOW
    )


def test_the_subject_names_no_holding() -> None:
    for kind in Kind:
        for language in languages():
            mail = MAIL.model_copy(update={"language": language})
            subject = str(read(matter(kind=kind, sentence="CNOOC LTD: unread"), mail)["Subject"])
            assert "CNOOC" not in subject
            assert kind in (Kind.ALERT, Kind.TEST) or "Pension fund" in subject


@pytest.mark.parametrize(
    "template", ["{security}", "{portfolio.__class__}", "{0}", "{", "{count!r}", "{count:>9}"]
)
def test_a_subject_with_another_placeholder_is_refused(template: str) -> None:
    with pytest.raises(ConfigurationError, match=r"mail\.subject"):
        read(matter(), MAIL.model_copy(update={"subject": template}))


def test_a_subject_of_ones_own() -> None:
    mail = MAIL.model_copy(update={"subject": "[compliance] {portfolio} {as_of}: {kind}, {count}, {state}"})
    assert read(matter(), mail)["Subject"].startswith(
        "[compliance] Pension fund 15 Jan 2022: action needed, "
    )


@settings(max_examples=15, deadline=None)
@given(reports(), st.sampled_from(list(Kind)), st.sampled_from(languages()))
def test_the_html_is_well_formed_and_fetches_nothing(report: Report, kind: Kind, language: str) -> None:
    message = read(matter(report, kind=kind), MAIL.model_copy(update={"language": language}))
    html = text_of(message, "html")
    seen = Seen(html)
    assert not seen.open
    assert not seen.addresses
    assert not seen.tags & {"script", "img", "link", "iframe", "form", "style"}
    assert len(html) < 100_000  # Gmail cuts off what is longer


@settings(max_examples=15, deadline=None)
@given(reports())
def test_plain_text_and_html_say_the_same(report: Report) -> None:
    message = read(matter(report))
    shown = Seen(text_of(message, "html")).text
    plain = flat(message)
    digest = digest_of(summarise(report))
    for sentence in (
        *digest.reasons[:8],
        *digest.coverage,
        digest.disclaimer,
        *(one.do for one in digest.tasks[:12]),
    ):
        told = " ".join(one_line(sentence).split())
        assert told in plain
        assert told in " ".join(one_line(shown).split())


def test_a_mail_says_what_the_page_of_the_report_says() -> None:
    summary = summarise(mixed())
    plain = flat(read(matter()))
    page = " ".join(Seen(html_page(summary)).text.split())
    for item in summary.to_do[:12]:
        assert item.security in plain
        assert item.do in plain
        assert item.do in page
    assert summary.coverage.sentence() in plain


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("action", [code for code in ACTIONS[:-1] if code not in SALE_ALLOWED])
def test_no_mail_speaks_of_a_sale_where_none_is_allowed(language: str, action: str) -> None:
    report = build([finding(action=action, until="2022-03-01", why="Listed 3 June 2021.")])
    text = text_of(
        read(
            matter(report, digest=digest_of(summarise(report))),
            MAIL.model_copy(update={"language": language}),
        )
    )
    tables = read_toml(shipped_config() / "mail" / f"{language}.toml")
    words = text.replace("divestment-report.xlsx", "").casefold().split()
    for before, word in zip(["", *words], words, strict=False):
        assert word.strip(".,;:") not in tables["sale"] or before in tables["no"]


def test_words_that_advise_a_sale_are_refused() -> None:
    tables = read_toml(shipped_config() / "mail" / "nl.toml")
    tables["actions"]["HOLD"]["means"] = "Verkoop de positie."
    with pytest.raises(ConfigurationError, match=r"actions\.HOLD\.means: speaks of a sale"):
        parse(tables, "mine.toml")


def test_a_language_with_a_key_missing_unknown_or_misspelt(tmp_path: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"Did you mean 'nl'\?"):
        words_in("nll")
    tables = read_toml(shipped_config() / "mail" / "de.toml")
    del tables["head"]["trust"]
    with pytest.raises(ConfigurationError, match=r"head\.trust: is missing"):
        parse(tables, "mine.toml")
    tables = read_toml(shipped_config() / "mail" / "de.toml")
    tables["line"]["more"] = "{m} weitere"
    with pytest.raises(ConfigurationError, match=r"unknown placeholder \{m\}"):
        parse(tables, "mine.toml")


def test_what_a_heartbeat_says() -> None:
    message = read(matter(kind=Kind.HEARTBEAT, since=date(2022, 1, 14)))
    text = flat(message)
    assert "Nothing has changed since the report of 14 Jan 2022." in text
    assert "If it does not come one day, the screening did not run" in text
    assert "[HOLD] Hold 1 holding" in text
    assert not list(message.iter_attachments())


def test_a_failure_says_the_one_sentence_that_matters_and_that_nothing_is_cleared() -> None:
    sentence = "holdings.xlsx: the workbook is damaged. Save it again."
    about = matter(kind=Kind.FAILURE, digest=None, sentence=sentence, since=date(2022, 1, 14))
    message = read(about)
    text = flat(message)
    assert text.index("NOT screened") < text.index(sentence)
    assert "That is no clearance" in text
    assert "The last report that could be made is of 14 Jan 2022." in text
    assert message["Importance"] == "high"


def _workbook() -> bytes:
    report = mixed()
    return workbook_bytes(report, summarise(report))


def test_the_workbook_arrives_whole() -> None:
    data = _workbook()
    (attached,) = read(matter(files={"divestment-report.xlsx": data, "rows.csv": b"a"})).iter_attachments()
    assert attached.get_filename() == "divestment-report.xlsx"
    assert attached.get_content() == data
    assert attached.get_content_type() == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_a_locked_workbook_opens_with_its_password_only(tmp_path: Any) -> None:
    secret = tmp_path / "secret"
    secret.write_text("agreed-by-phone\n", encoding="utf-8")
    data = _workbook()
    mail = MAIL.model_copy(update={"attachment_password_file": str(secret)})
    message = read(matter(files={"divestment-report.xlsx": data}), mail)
    (attached,) = message.iter_attachments()
    locked = msoffcrypto.OfficeFile(io.BytesIO(attached.get_content()))
    assert locked.is_encrypted()
    locked.load_key(password="agreed-by-phone", verify_password=True)
    opened = io.BytesIO()
    locked.decrypt(opened, verify_integrity=True)
    assert opened.getvalue() == data
    assert "asks for the password" in flat(message)
    assert "agreed-by-phone" not in str(message)


@pytest.mark.parametrize(
    ("change", "attached", "said"),
    [
        ({}, [], "too large to be attached"),
        ({"over_limit": "zip"}, ["screening-rows.zip"], "packed as screening-rows.zip"),
        (
            {"link": "https://reports.example/{run}?p={portfolio}"},
            [],
            "https://reports.example/5f2c?p=Pension%20fund",
        ),
        ({}, [], "/srv/reports/5f2c"),
    ],
)
def test_in_place_of_a_workbook_that_is_too_large(
    change: dict[str, Any], attached: list[str], said: str
) -> None:
    mail = MAIL.model_copy(update={"max_attachment_mb": 0.01, **change})
    files = {"divestment-report.xlsx": _workbook(), "findings.csv": b"a,b\n", "rows.csv": b"c,d\n" * 10_000}
    message = read(matter(files=files), mail)
    parts = {part.get_filename(): part.get_content() for part in message.iter_attachments()}
    assert list(parts) == attached
    assert said in flat(message)
    for data in parts.values():
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.namelist() == ["findings.csv", "rows.csv"]
            assert archive.read("rows.csv") == files["rows.csv"]


def test_only_web_addresses_become_links() -> None:
    for link, links in (
        ("https://r.example/{run}", 1),
        ("javascript:alert(1)//{run}", 0),
        ("//server/{run}", 0),
    ):
        html = text_of(read(matter(files={"a.csv": b""}), MAIL.model_copy(update={"link": link})), "html")
        assert len(Seen(html).addresses) == links


def test_the_light_mail_differs_in_what_is_attached_only() -> None:
    composed = compose(matter(files={"divestment-report.xlsx": _workbook()}), MAIL, MAIL.to, NOW)
    assert composed.light is not None
    heavy, light = (
        message_from_bytes(one, policy=policy.default) for one in (composed.content, composed.light)
    )
    for name in ("Date", "From", "To", "Subject"):
        assert heavy[name] == light[name]
    assert not list(light.iter_attachments())
    assert "your mail server does not take a message of" in flat(light)
    assert compose(matter(), MAIL, MAIL.to, NOW).light is None


def test_a_clear_portfolio_has_a_mail_too() -> None:
    text = text_of(read(matter(build((), [outcome(row=2)]), kind=Kind.CLEAR)))
    assert "Nothing in this portfolio needs action" in text
    assert "No holding met a restricted entity." in text
