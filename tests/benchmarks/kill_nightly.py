"""The kill test: ``screener nightly --once`` killed at random points, then started again; nothing may be lost or doubled.

``python -m tests.benchmarks.kill_nightly [--kills 200] [--seed 1]`` sends SIGKILL that many times to nights that take in
files of three portfolios and mail their reports to a real SMTP server, lets a night end now and then, and counts at the
end, on the disk, in the history and at the mail server.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from screener.history import MailRecord, NightStore, Outbox, RunQuery, open_store
from tests.list_samples import ListServer
from tests.mail_server import Post, mail_server
from tests.night_world import World
from tests.samples import ROOT

PORTFOLIOS = ("fund-a", "fund-b", "fund-c")
RECIPIENTS = ("compliance@example.com", "desk@example.com")
REPORT = {"divestment-report.xlsx", "findings.csv", "rows.csv", "run.json"}
LEFTOVERS = ("**/.making-*", "**/*.part", "**/.aside-*", "**/.new-*", "**/*.earlier")


@dataclass
class Tally:
    """What was done, and what was found wrong; nothing may be."""

    kills: int = 0
    nights: int = 0
    files: int = 0
    mails: int = 0
    doubled: int = 0  # taken twice by the server under one Message-ID
    in_doubt: int = (
        0  # of these, those whose end nobody could know: killed between the last byte and the answer
    )
    stages: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        return [
            f"{self.kills} kills and {self.nights} nights that ended; {self.files} files came",
            f"killed during or after: {', '.join(f'{stage} {n}' for stage, n in self.stages.most_common())}",
            f"{self.mails} different mails at the server; {self.doubled} came twice under their one Message-ID, "
            f"{self.in_doubt} of them on record as an end in doubt",
            *(f"WRONG: {sentence}" for sentence in self.wrong[:20]),
            f"{len(self.wrong)} things wrong",
        ]


def trial(folder: Path, kills: int, seed: int, *, in_a_row: int = 8, minutes: float = 1e6) -> Tally:
    """Kills ``kills`` nights, or as many as ``minutes`` allow; after ``in_a_row`` of them one may end.

    Everything happens below ``folder``.
    """
    latest = time.monotonic() + 60 * minutes
    chance, tally, came = random.Random(seed), Tally(), dict[str, str]()
    world = World(folder)
    with ListServer().running() as lists, mail_server(Post()) as post:
        world.serve_un(lists)
        world.write_settings(nightly={"time_zone": "UTC", "screen": ""}, mail=_mail(post.port))
        whole = _ended(world, tally, came, chance)
        while tally.kills < kills and time.monotonic() < latest:
            for _ in range(min(in_a_row, kills - tally.kills)):
                if time.monotonic() > latest:
                    break
                _drop(world, tally, came, chance)
                _killed(world, tally, chance.uniform(0.15, 1.05) * whole)
            whole = max(whole, 0.5 * _ended(world, tally, came, chance))
        # What was killed while it was being sent is taken up when its claim ends: the clock goes on.
        world.clock.forward(hours=2)
        world.night()
        _count(world, post, tally, came)
    return tally


def _mail(port: int) -> dict[str, object]:
    return {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "screener@example.com",
        "to": list(RECIPIENTS),
        "operator": ["operator@example.com"],
        "reply_seconds": 30,
        "unknown_minutes": 1,
    }


def _drop(world: World, tally: Tally, came: dict[str, str], chance: random.Random) -> None:
    """New files for portfolios that have none waiting; no two files have one content."""
    for name in PORTFOLIOS:
        place = world.inbox / name
        if chance.random() < 0.3 or (place.is_dir() and any(place.iterdir())):
            continue
        tally.files += 1
        text = f"Security,ISIN,Quantity,Market value,Currency\nNESTLE SA-REG,CH0038863350,{tally.files},100,CHF\n"
        text += "CNOOC LTD,HK0883013259,100,900,HKD\n" if chance.random() < 0.5 else ""
        world.put(f"{name}/holdings-{tally.files}.csv", text)
        came[sha256(text.encode()).hexdigest()] = f"{name}/holdings-{tally.files}.csv"


def _start(world: World) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "screener.cli", "nightly", "--once", "--config", str(world.config)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, encoding="utf-8"
    )


def _killed(world: World, tally: Tally, seconds: float) -> None:
    with _start(world) as night:
        time.sleep(seconds)
        if night.poll() is None:
            night.kill()
            tally.kills += 1
            said = night.communicate()[0].splitlines()
            tally.stages[said[-1].split()[2] if said else "start"] += 1
        else:
            _judge(night, tally)


def _ended(world: World, tally: Tally, came: dict[str, str], chance: random.Random) -> float:
    """Lets a night come to its end; how many seconds it took."""
    _drop(world, tally, came, chance)
    began = time.perf_counter()
    with _start(world) as night:
        _judge(night, tally)
    return time.perf_counter() - began


def _judge(night: subprocess.Popen[str], tally: Tally) -> None:
    said = night.communicate()[0]
    tally.nights += 1
    if night.returncode not in (0, 1) or "Traceback" in said:
        tally.wrong.append(f"a night ended with {night.returncode}: {said[-600:]}")


def _count(world: World, post: Post, tally: Tally, came: dict[str, str]) -> None:
    """Looks for everything that may not be."""
    for pattern in LEFTOVERS:
        for base in (world.inbox, world.folder / "data"):
            tally.wrong += [f"half-written: {path}" for path in base.glob(pattern)]
    tally.wrong += [f"left in the inbox: {one}" for one in world.files_left()]
    with open_store(world.settings) as store:
        nights, outbox = NightStore(store.database), Outbox(store.database)
        with store.database.reading() as connection:
            sound = connection.execute(sa.text("PRAGMA integrity_check")).scalar()
            astray = connection.execute(sa.text("PRAGMA foreign_key_check")).all()
        tally.wrong += [] if sound == "ok" and not astray else [f"the store is not sound: {sound} {astray}"]
        done = nights.deliveries("done", limit=100_000)
        tally.wrong += [
            f"not settled: {one}" for one in nights.deliveries("begun") + nights.deliveries("placed")
        ]
        runs = {one.id: one.state for one in store.runs(RunQuery(limit=100_000))}
        mails = outbox.mails(limit=100_000)
    tally.wrong += [f"a run still runs: {one}" for one, state in runs.items() if state == "running"]
    delivered = {one.id for one in done}
    tally.wrong += [
        f"finished and not delivered: {one}"
        for one, state in runs.items()
        if state == "finished" and one not in delivered
    ]
    kept = Counter(digest for one in done for _, digest in one.files)
    tally.wrong += [
        f"{name} was delivered {kept[digest]} times" for digest, name in came.items() if kept[digest] != 1
    ]
    for one in done:
        tally.wrong += _folder(Path(one.folder), [digest for _, digest in one.files])
    _count_mails(mails, delivered, post.copies, tally)


def _count_mails(mails: list[MailRecord], delivered: set[str], copies: Counter[str], tally: Tally) -> None:
    """Every delivery was told to everybody once, and the server and the outbox know the same mails."""
    tally.in_doubt = sum(one.repeats for one in mails)
    told = {(one.key, one.recipient): one.message_id for one in mails if one.kind != "alert"}
    wanted = {(number, recipient) for number in delivered for recipient in RECIPIENTS}
    tally.wrong += [f"no mail about {one}" for one in wanted - set(told)]
    tally.wrong += [f"a mail about what was never delivered: {one}" for one in set(told) - wanted]
    tally.wrong += [f"mail not sent: {one}" for one in mails if one.state != "sent"]
    tally.mails, tally.doubled = len(copies), sum(number - 1 for number in copies.values())
    tally.wrong += [
        f"never came to the server: {one.message_id}" for one in mails if one.message_id not in copies
    ]
    tally.wrong += [
        f"unknown to the outbox: {one}" for one in set(copies) - {one.message_id for one in mails}
    ]
    if tally.doubled > tally.in_doubt:
        tally.wrong.append(
            f"{tally.doubled - tally.in_doubt} mails were doubled without any doubt about their end"
        )


def _folder(folder: Path, digests: list[str]) -> list[str]:
    """What is wrong with the folder of a report."""
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if not names >= REPORT:
        return [f"{folder} lacks {REPORT - names}"]
    wrong = []
    with zipfile.ZipFile(folder / "divestment-report.xlsx") as workbook:
        wrong += [f"{folder}: damaged workbook"] if workbook.testzip() else []
    found = {sha256((folder / name).read_bytes()).hexdigest() for name in names - REPORT}
    return wrong + [
        f"{folder}: the file beside the report is another" for digest in digests if digest not in found
    ]


def main() -> int:
    """Run the trial in a temporary folder and print its figures."""
    arguments = argparse.ArgumentParser(description="SIGKILL at random points of a nightly run")
    arguments.add_argument("--kills", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--minutes", type=float, default=1e6, help="count what there is after so long")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="kill-nightly-") as folder:
        tally = trial(Path(folder), given.kills, given.seed, minutes=given.minutes)
    print("\n".join(tally.lines()))
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
