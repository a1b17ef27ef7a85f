"""``screener init``: a folder to start from, and whether everything that a night needs is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from screener import job
from screener.delivery import with_id
from screener.delivery.transport import connected
from screener.errors import ScreenerError, UsageError
from screener.history import open_store
from screener.inbox import inbox_of
from screener.job.delivering import addressed, drafts_of, trial_matter
from screener.job.sending import server_problem
from screener.lists import update
from screener.nightly.cron import schedules
from screener.nightly.selftest import self_test
from screener.nightly.status import Line
from screener.report.writing import put_in_place
from screener.settings import Settings, shipped_config

NAME: Final = "screener.toml"
_HEAD: Final = """\
# Settings of a nightly screening, made by `screener init`. Fill in [mail], then check with
#   screener init {folder}
# and do a night by hand with
#   screener nightly --once --config {file}
#
"""


def write_configuration(folder: Path) -> Path | None:
    """Writes a commented configuration and its folders into ``folder``; gives its path, None when one is there already.

    Paths in it are absolute, so that it can be used from anywhere. Raises OutputError.
    """
    file = folder.absolute() / NAME
    if file.exists():
        return None
    text = (shipped_config() / NAME).read_text(encoding="utf-8")
    for section, key, value in (
        ("run", "out", folder / "reports"),
        ("lists", "data", folder / "data"),
        ("inbox", "folder", folder / "inbox"),
        ("nightly", "health_file", folder / "health.json"),
    ):
        text = _with(text, section, key, value.absolute())
    head = _HEAD.format(folder=folder.absolute(), file=file)
    put_in_place({NAME: (head + text).encode()}, file.parent)
    (folder / "inbox").mkdir(exist_ok=True)
    return file


def _with(text: str, section: str, key: str, value: Path) -> str:
    """The text of a settings file with another value for a key; what else is said in it stays."""
    lines, here = text.splitlines(), ""
    for number, line in enumerate(lines):
        if line.startswith("["):
            here = line.strip("[] ")
        if here == section and line.partition("=")[0].strip() == key:
            lines[number] = f'{key} = "{value.as_posix()}"'
            return "\n".join(lines) + "\n"
    raise ScreenerError(f"The shipped settings have no key {section}.{key}")


def checks(settings: Settings, now: datetime, *, lists: bool = True) -> Iterator[Line]:
    """Each thing that a night needs, as it is found: green, amber or red with what to do. Nothing is raised.

    ``lists`` fetches the restricted lists, which takes a while and needs the network.
    """
    yield from _checked("schedule", lambda: _times(settings))
    yield from _checked("history", lambda: _history(settings))
    yield from _checked("folders", lambda: _folders(settings))
    yield from _checked("self-test", lambda: _self_test(settings, now))
    if lists:
        yield from _lists(settings, now)
    yield _mail(settings)


def send_trial(settings: Settings, address: str, now: datetime) -> str:
    """Sends one mail that says that mail arrives, at once; gives the server's answer. Raises ScreenerError."""
    mail = addressed(settings.mail, "", (address,))
    if not mail.enabled:
        raise UsageError("No mail server is set", "Fill in [mail] host and sender.")
    (draft,) = drafts_of(
        trial_matter(f"trial-{now.isoformat()}", now.date()), mail.model_copy(update={"cc": ()}), now
    )
    with connected(mail) as line:
        answer = line.send(draft.recipient, with_id(draft.content, draft.message_id), lambda: True)
    if answer.outcome != "sent":
        raise ScreenerError(f"The test mail to {draft.recipient} was not taken: {answer.said}")
    return answer.said


def _checked(part: str, check: Callable[[], str]) -> Iterator[Line]:
    try:
        yield Line(part, "green", check())
    except ScreenerError as error:
        yield Line(part, "red", str(error))


def _times(settings: Settings) -> str:
    return f"{', '.join(schedules(settings.nightly)) or 'nothing'} scheduled"


def _history(settings: Settings) -> str:
    with open_store(settings) as store:
        return store.database.shown


def _folders(settings: Settings) -> str:
    """Raises OutputError for the first folder that cannot be read from and written to."""
    inbox = inbox_of(settings.inbox)
    wanted = (inbox.folder, inbox.processed, inbox.failed, settings.data_folder)
    for folder in wanted:
        if folder == inbox.folder and not folder.is_dir():
            raise ScreenerError(f"{folder}: there is no such folder. Make it, or correct [inbox] folder.")
        put_in_place({".screener-try": b""}, folder)
        (folder / ".screener-try").unlink()
    return f"{inbox.folder} and {len(wanted) - 1} others can be read and written"


def _self_test(settings: Settings, now: datetime) -> str:
    wrong = self_test(settings, now.date(), now)
    if wrong:
        raise ScreenerError("; ".join(wrong))
    return "every sentinel came out right"


def _lists(settings: Settings, now: datetime) -> Iterator[Line]:
    try:
        config = job.lists_config(settings)
        for result in update(config, now=now):
            good = result.outcome in ("new", "unchanged")
            colour = "green" if good else "amber" if result.version else "red"
            yield Line(f"list {result.source}", colour, result.message)
    except ScreenerError as error:
        yield Line("lists", "red", str(error))


def _mail(settings: Settings) -> Line:
    mail = settings.mail
    if not mail.enabled:
        return Line(
            "mail", "amber", "no mail server is set ([mail] host): reports are written and not mailed"
        )
    people = f"to {len(mail.to)}, in copy {len(mail.cc)}, operator {len(mail.operator)}"
    problem = server_problem(mail)
    if problem:
        return Line("mail", "red", problem)
    login = f", login {mail.username} with password ****" if mail.username else ", no login"
    colour = "green" if mail.to or mail.portfolios else "amber"
    return Line("mail", colour, f"{mail.server} ({mail.security}{login}) answers; {people}")
