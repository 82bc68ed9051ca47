"""`manifest` prints the Slack app to paste."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.console import Console, Failed, command


def register(app: typer.Typer) -> None:
    @command(app, "manifest", example="manifest")
    def manifest(
        console: Console,
        http: Annotated[
            str, typer.Option("--http", metavar="URL", help="Public https address, for Slack over HTTP instead.")
        ] = "",
    ) -> None:
        """Print the Slack app's manifest: paste it at api.slack.com/apps, "Create New App", "From a manifest", JSON."""
        import json

        from bot.slack.manifest import manifest as made

        if http and not http.startswith("https://"):
            raise Failed("Slack only calls https addresses: write --http https://bot.example.com")
        typer.echo(json.dumps(made(console.settings.slack.command, http), indent=2))
