"""The command that serves the upload page."""

from __future__ import annotations

from typing import Annotated

import typer

from screener.cli.frame import Config


def serve(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; this computer only when not given.")
    ] = "",
    port: Annotated[int, typer.Option(metavar="PORT", help="0 takes any free port.")] = -1,
    config: Config = None,
    make_token: Annotated[
        str, typer.Option(metavar="NAME", help="Make a token for a person, print it and end.")
    ] = "",
) -> None:
    """Serve the upload page: files in, reports out, in a browser.

    It is served to this computer only. To serve others, say who may sign in: see [web] in config/screener.toml.
    """
    if make_token:
        _print_token(make_token)
        return
    from screener.settings import load_settings
    from screener.web.server import alone_with, make_server, refuse_taken

    settings = load_settings(config)
    host = host or settings.web.host
    port = settings.web.port if port < 0 else port
    refuse_taken(host, port)

    def ready(address: str) -> None:
        typer.echo(f"The upload page: {address}   (Ctrl+C ends it)")

    with alone_with(settings):
        make_server(settings, host, port, ready).run()


def _print_token(name: str) -> None:
    from screener.web.access import make_token

    token, hashed = make_token()
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    typer.echo(f"Token for {name}, shown this once; give it to nobody else:\n\n  {token}\n")
    typer.echo(f'Settings:\n\n[[web.users]]\nname = "{quoted}"\nrole = "screener"\ntoken = "{hashed}"')
