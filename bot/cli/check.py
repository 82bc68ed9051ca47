"""`check` says whether everything is there that the bot needs, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import typer

from bot.cli.console import Console, JsonOption, command

if TYPE_CHECKING:
    from bot.doctor import Finding

SIGNS = {"pass": "ok  ", "warn": "warn", "fail": "FAIL", "skip": "-   "}


def register(app: typer.Typer) -> None:
    @command(app, "check", example="check")
    def check(
        console: Console,
        as_json: JsonOption = False,
    ) -> None:
        """Test settings, key, store, WebNet, each workspace's tokens, the mapped users and the clocks; exit code 1 if one fails."""
        from dataclasses import asdict

        from bot.core.text import count

        findings: list[Finding] = []
        for finding in _findings(console):
            if not as_json:
                _show(console, finding, findings[-1] if findings else None)
            findings.append(finding)
        if as_json:
            console.json([asdict(finding) for finding in findings])
        failed = sum(finding.outcome == "fail" for finding in findings)
        if not as_json:
            console.say(f"{count(len(findings), 'check')}, {failed} failed.")
        if failed:
            raise typer.Exit(1)


def _findings(console: Console) -> Iterator[Finding]:
    """Yields what was found, up to a store that cannot be opened. Wrong settings have ended the program before."""
    from bot.doctor import BASICS, Finding, Surroundings, examine
    from bot.slack.web_api import WebApi
    from bot.webnet.client import WebNet
    from store.engine import parse_url
    from store.errors import StoreError

    settings = console.settings
    yield Finding(BASICS, "settings", "pass", "Every setting can be read.")
    with (
        closing(WebNet.from_settings(settings.webnet)) as webnet,
        closing(WebApi(settings.slack.api_url, ca_bundle=settings.tls.ca_bundle)) as slack,
    ):
        try:
            path = parse_url(settings.store.url).path
            if path is not None and not path.exists():
                raise StoreError(
                    f"There is no store at {path.absolute()} yet: `webnet-bot db migrate`, `seed` or `run` makes it."
                )
            with console.store(may_migrate=False) as store:
                yield from examine(Surroundings(settings, store, webnet, slack))
        except StoreError as error:
            yield Finding(BASICS, "store", "fail", error.words)
            yield from examine(Surroundings(settings, None, webnet, slack))


def _show(console: Console, finding: Finding, before: Finding | None) -> None:
    if before is None or before.heading != finding.heading:
        typer.echo(("" if before is None else "\n") + finding.heading)
    console.say(f"  {SIGNS[finding.outcome]}  {finding.what}: {finding.words}")
    if finding.remedy:
        console.say(f"        -> {finding.remedy}")
