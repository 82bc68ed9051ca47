"""Asks WebNet and the chat whether a workspace's customer and credentials are what the command line or a seed file says they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bot.cli.console import Console
from bot.cli.failures import Failed

if TYPE_CHECKING:
    from bot.slack.web_api import WebApi


NOT_TAKEN = {  # by Microsoft's login, by the field of a workspace
    "team_id": "Microsoft's login knows no such tenant: take the App Tenant ID of the Azure bot's Configuration",
    "app_id": "Microsoft's login knows no such app in this tenant: take the Microsoft App ID of an Azure bot of the type Single Tenant",
    "app_password": "Microsoft's login does not take it: take the value of a client secret of this app that has not ended, not its id",
}


class Peers:
    """What cannot be asked now is a warning, since a bot may be set up before its network is; `check` asks again."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def wrong(self, values: Mapping[str, Any], changed: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yields a field of the workspace and what is wrong with it, for what depends on the fields in `changed`."""
        if "customer" in changed and (words := self._customer(values["customer"])):
            yield "customer", words
        if {"bot_token", "bot_user_id"} & set(changed):
            yield from self._token(values["team_id"], values["bot_token"], values["bot_user_id"])
        if {"app_id", "app_password"} & set(changed):
            yield from self._app(values["team_id"], values["app_id"], values["app_password"])

    def _customer(self, customer: int) -> str:
        names = self._customers
        if names is None or customer in names:
            return ""
        there = ", ".join(f"{key} ({name})" for key, name in sorted(names.items())[:20])
        return f"WebNet has no customer {customer}; it has {there or 'none'}"

    @cached_property
    def _customers(self) -> Mapping[int, str] | None:
        try:
            with self._console.webnet() as webnet:
                return {customer.id: customer.name for customer in webnet.customers()}
        except Failed as error:
            self._console.warn(f"The customer was not checked. {error}")
            return None

    def _token(self, team_id: str, token: str, bot_user_id: str) -> Iterator[tuple[str, str]]:
        from bot.core.errors import ChatError
        from bot.slack.bot_tokens import owner

        try:
            with closing(self._slack()) as slack:
                found = owner(slack, token, team_id, bot_user_id)
        except ChatError as error:
            if error.may_pass:
                self._console.warn(f"The bot token of {team_id} was not checked. {error.words}")
            else:
                yield "bot_token", f"Slack does not accept it ({error.reason}): copy the Bot User OAuth Token again"
            return
        if found.wrong == "bot_token":
            yield "bot_token", f"this is the token of the workspace {found.team_id}, not of {team_id}"
        elif found.wrong:
            yield "bot_user_id", f"the bot is {found.user_id} there, not {bot_user_id}"

    def _app(self, tenant: str, app_id: str, password: str) -> Iterator[tuple[str, str]]:
        from bot.core.errors import ChatError
        from bot.doctor.chats import app_tokens
        from bot.teams.app_tokens import App

        try:
            with app_tokens(self._console.settings) as tokens:
                wrong = tokens.wrong_in(App(tenant, app_id, password))
        except ChatError as error:
            self._console.warn(f"The app of {tenant} was not checked. {error.words}")
            return
        if wrong:
            yield wrong, NOT_TAKEN[wrong]

    def _slack(self) -> WebApi:
        from bot.slack.web_api import WebApi

        settings = self._console.settings
        return WebApi(settings.slack.api_url, ca_bundle=settings.tls.ca_bundle)


def require(console: Console, values: Mapping[str, Any], changed: Mapping[str, Any]) -> None:
    """Raises Failed with everything that is wrong with a workspace."""
    if found := [f"{field.replace('_', ' ')}: {words}." for field, words in Peers(console).wrong(values, changed)]:
        raise Failed("\n".join([*found, "Nothing was changed."]))
