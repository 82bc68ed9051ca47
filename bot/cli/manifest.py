"""`manifest` prints the Slack app to paste, or writes the app of Microsoft Teams to upload."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import Console, command, shaped
from bot.cli.failures import Failed
from bot.ids import teams as shapes


def register(app: typer.Typer) -> None:
    @command(app, "manifest", example="manifest")
    def manifest(
        console: Console,
        http: Annotated[
            str, typer.Option("--http", metavar="URL", help="Public https address, for Slack over HTTP instead.")
        ] = "",
        files: Annotated[
            bool, typer.Option("--files", help="Also ask for files:write, for search's button All as CSV.")
        ] = False,
        teams: Annotated[
            Path | None,
            typer.Option("--teams", metavar="FILE", help="Write the app of Microsoft Teams to this zip file instead."),
        ] = None,
        app_id: Annotated[
            str | None,
            typer.Option("--app-id", metavar="ID", help="With --teams: its app id.", callback=shaped(shapes.app_id)),
        ] = None,
        website: Annotated[
            str,
            typer.Option(
                "--website", metavar="URL", help="With --teams: an https address about the bot, for its users."
            ),
        ] = "",
    ) -> None:
        """Print the Slack app's manifest: paste it at api.slack.com/apps, "Create New App", "From a manifest", JSON. With --teams write
        the app of Microsoft Teams to a file instead."""
        import json

        from bot.slack.manifest import manifest as made

        if teams is not None:
            _write_package(console, teams, app_id, website or console.settings.webnet.public_url)
            return
        if app_id or website:
            raise typer.BadParameter("--app-id and --website are of Microsoft Teams: name --teams FILE, too")
        if http and not http.startswith("https://"):
            raise Failed("Slack only calls https addresses: write --http https://bot.example.com")
        typer.echo(json.dumps(made(console.settings.slack.command, http, files=files), indent=2))


def _write_package(console: Console, file: Path, app_id: str | None, website: str) -> None:
    from bot.teams.manifest import SUGGESTED, manifest, package

    if app_id is None:
        raise typer.BadParameter("name --app-id: the Microsoft App ID that the Azure bot's Configuration shows")
    try:
        file.write_bytes(package(manifest(app_id, website, SUGGESTED)))
    except ValueError as error:
        raise Failed(f"{error}: name one with --website, such as https://bot.example.com.") from None
    except OSError as error:
        raise Failed(f"{file} cannot be written: {error.strerror}.") from None
    console.say(f"Wrote {file}: upload it in the Teams admin center (Manage apps, Upload new app).")
