"""Commands about past runs: runs list, runs show, runs replay."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screener.cli.frame import Config, progress
from screener.errors import ExitCode

if TYPE_CHECKING:
    from screener.history import RunFile, RunRecord

runs = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look at past runs, and repeat them.")
Run = Annotated[
    str, typer.Argument(metavar="RUN", help="The id of a run, its beginning, or the report's number.")
]
_MOST_SHOWN = 20


@runs.command("list")
def runs_list(
    portfolio: Annotated[str, typer.Option(metavar="NAME", help="One portfolio only.")] = "",
    state: Annotated[str, typer.Option(metavar="STATE", help="running, finished, failed or cancelled.")] = "",
    number: Annotated[int, typer.Option("--number", min=1, help="How many at most.")] = 20,
    config: Config = None,
) -> None:
    """List past runs, the newest first."""
    from screener.history import RunQuery, open_store
    from screener.settings import load_settings

    query = RunQuery(portfolio=portfolio or None, state=state or None, limit=number)
    with open_store(load_settings(config)) as store:
        found, total = store.runs(query), store.count_runs(query)
    typer.echo(
        f"{'id':12}  {'started (UTC)':16}  {'as of':10}  {'state':9}  {'exit':4}  {'colour':6}  portfolio"
    )
    for run in found:
        code = "" if run.exit_code is None else run.exit_code
        typer.echo(
            f"{run.id[:12]:12}  {run.started:%Y-%m-%d %H:%M}  {run.as_of}  {run.state:9}  {code!s:4}  "
            f"{run.banner or '':6}  {run.portfolio}"
        )
    typer.echo(f"{len(found):,} of {total:,} runs")


@runs.command("show")
def runs_show(run: Run, config: Config = None) -> None:
    """Show what one run was made from and what came of it."""
    from screener.history import open_store
    from screener.settings import load_settings

    with open_store(load_settings(config)) as store:
        record = store.run(run)
        files, findings = store.files_of(record.id), store.findings_of(record.id)
    _print_record(record, files)
    deciding = findings[findings["decisive"]]
    for row in deciding.head(_MOST_SHOWN).itertuples(index=False):
        typer.echo(f"  {row.action:10} {row.security}  ·  {row.programme}: {row.entity}")
    if len(deciding) > _MOST_SHOWN:
        typer.echo(f"  and {len(deciding) - _MOST_SHOWN:,} more holdings with a finding")


@runs.command("replay")
def runs_replay(
    run: Run,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write the files made again there.")] = None,
    password: Annotated[str | None, typer.Option(help="Of an encrypted workbook.")] = None,
    config: Config = None,
) -> None:
    """Make a past run again from what was kept, and prove that every file is the same to the byte.

    Lists, rules, decisions and the run before are taken as they stood. Exit code 3 when a file differs.
    """
    from screener.history import open_store
    from screener.job.replay import replay, saved
    from screener.settings import load_settings

    settings = load_settings(config)
    with open_store(settings) as store, progress() as tell:
        made = replay(store.run(run), store, settings, password, tell)
    for name, same in made.same.items():
        typer.echo(f"{'identical' if same else 'DIFFERENT':9}  {name}")
    for reason in made.reasons:
        typer.echo(f"  {reason}")
    if out is not None:
        saved(made, out)
        typer.echo(f"Written to {out}")
    raise typer.Exit(ExitCode.NOTHING_TO_DO if made.identical else ExitCode.NOT_FINISHED)


def _print_record(run: RunRecord, files: tuple[RunFile, ...]) -> None:
    ended = f", {run.finished:%Y-%m-%d %H:%M:%S} UTC" if run.finished else ""
    code = "" if run.exit_code is None else f", exit code {run.exit_code}"
    facts = {
        "id": run.id,
        "report": run.run_id or "none",
        "state": f"{run.state}{ended}{code}",
        "started": f"{run.started:%Y-%m-%d %H:%M:%S} UTC, {run.kind}",
        "portfolio": run.portfolio,
        "as of": f"{run.as_of}" + (f", lists as known on {run.known_on}" if run.known_on else ""),
        "investor": run.investor or "not stated",
        "software": run.software,
        "lists": "; ".join(f"{name} {version[:12]}" for name, version in (run.datasets or {}).items()),
        "compared": f"with run {run.previous[:12]}" if run.previous else "with no earlier run",
        "folder": run.folder,
    }
    for label, value in facts.items():
        typer.echo(f"{label:10} {value}")
    for file in files:
        read = file.failure or f"{file.holdings:,} holdings"
        typer.echo(f"{'file':10} {file.name}: {read} (SHA-256 {file.sha256[:12] or 'unknown'})")
    if run.error:
        typer.echo(f"{'error':10} {run.error}")
    if run.verdict:
        typer.echo(f"\n{run.banner}: {run.verdict}")
