"""Commands that look names up: match, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from screener.cli.frame import (
    AsOf,
    Config,
    Investor,
    Ownership,
    ReferenceFiles,
    aids,
    csv,
    lists_and_rules,
    progress,
)
from screener.cli.printing import heading, print_check, print_closest, print_notes
from screener.errors import ExitCode, UsageError


def match(
    names: Annotated[Path, typer.Argument(metavar="NAMES.csv", help="Names to look for: a column `query`.")],
    against: Annotated[
        Path, typer.Option(metavar="ENTITIES.csv", help="Columns entity_id,name; aliases as rows.")
    ],
    out: Annotated[Path, typer.Option(metavar="CSV", help="Where to write the matches.")] = Path(
        "matches.csv"
    ),
) -> None:
    """Match names in bulk: the best entity of each printed name, with score, tier and reason."""
    from screener.matching.names_csv import match_file
    from screener.report.writing import put_in_place

    asked = csv(names, ["query"])
    entities = csv(against, ["entity_id", "name"])
    with progress() as tell:
        tell("Matching names")
        found = match_file(asked, entities)
    put_in_place({out.name: found.to_csv(index=False, lineterminator="\n").encode()}, out.parent)
    typer.echo(f"{len(found):,} of {asked['query'].nunique():,} names met an entity; written to {out}")


def check(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The security as printed.")] = "",
    isin: str = "",
    cusip: str = "",
    sedol: str = "",
    figi: str = "",
    lei: str = "",
    ticker: Annotated[str, typer.Option(help="With its market: '1810 HK', '1810.HK', 'XIACY US'.")] = "",
    country: Annotated[str, typer.Option(help="Country or exchange of a bare ticker.")] = "",
    as_of: AsOf = "",
    investor: Investor = "",
    config: Config = None,
    ownership: Ownership = None,
    reference: ReferenceFiles = None,
) -> None:
    """Screen one security by hand and say why.

    Examples:  screener check "XIAOMI CORP-CLASS B" --as-of 2021-02-01   ·   screener check --isin HK0883013259
    """
    from screener import inspection
    from screener.job import OWNERSHIP_NOT_APPLIED, needs_action

    said = {"name": name, "isin": isin, "cusip": cusip, "sedol": sedol, "figi": figi, "lei": lei}
    said |= {"ticker": ticker, "country": country}
    if not any(value.strip() for value in said.values()):
        raise UsageError("Nothing to check", "Give a name, an ISIN or another identifier.")
    restricted, rules, owners = lists_and_rules(config, investor, as_of, ownership)
    helped = aids(config, reference, isin, restricted)
    screening = inspection.check(said, restricted, rules, owners, helped)
    typer.echo(heading(said, rules, assumed=not investor))
    print_check(screening)
    if screening.findings.empty and name.strip():
        print_closest(inspection.closest(name, restricted, rules.as_of, helped))
    print_notes([*screening.remarks, *([] if owners else [OWNERSHIP_NOT_APPLIED])])
    raise typer.Exit(ExitCode.ACTION_NEEDED if needs_action(screening.findings) else ExitCode.NOTHING_TO_DO)
