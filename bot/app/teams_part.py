"""The Teams edge, imported only when `teams.enabled`: the client that posts, and what Teams sends by HTTP."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot import tls
from bot.app.edge import Edge
from bot.app.part import ChatClient, Common, Part, Task, run_all
from bot.core.webhook import Webhook
from bot.delivery.worker import SENDERS
from bot.deploys.snippet import hides
from bot.http_client import Session, origin
from bot.ids.chats import TEAMS
from bot.kept_forms import KeptForms
from bot.teams.app_tokens import App, AppTokens
from bot.teams.calls import Calls
from bot.teams.chat import TeamsChat
from bot.teams.conversations import KnownConversations
from bot.teams.dialogs import Dialogs
from bot.teams.errors import remedy
from bot.teams.forms import Forms
from bot.teams.health import NAME, health
from bot.teams.hosts import origins
from bot.teams.inbound import PATH, Inbound
from bot.teams.intake import Intake
from bot.teams.keys import REFRESH_S, KeysAway, SigningKeys
from bot.teams.manifest import NAME as APP_NAME
from bot.teams.pace import Pace
from bot.teams.post import Connector
from bot.teams.queue import Queue
from bot.teams.renamed import Renamed
from bot.teams.tenants import Tenants
from bot.teams.tokens import BEARER, HEADER, Verifier
from bot.vitals import ChatHealth
from store.errors import StoreError

log = logging.getLogger(__name__)

TENANTS_EVERY_S = 3.0
TENANTS = "reading the tenants"  # the name of the task


class TeamsClient(ChatClient):
    """The tenants, and the Bot Connector that is called with tokens of their apps."""

    chat: TeamsChat
    workspaces: Tenants

    def __init__(self, common: Common) -> None:
        settings, self._hurry = common.settings.teams, common.hurry
        self.kind, self.name, self.remedy, self.prompt = TEAMS, NAME, remedy, f"@{APP_NAME}"
        self.workspaces = Tenants(common.store.workspaces, common.redactor.add)
        self.known = KnownConversations(common.store.teams_conversations)
        self.service_origins = origins(settings.service_hosts)
        secure, connections = tls.context(common.settings.tls.ca_bundle), common.settings.commands.workers + SENDERS + 4
        posting = Session(self.service_origins, secure, connections=connections)
        login, keys = (
            Session({origin(url)}, secure, connections=2) for url in (settings.login_url, settings.openid_url)
        )
        self._sessions = posting, login, keys
        self.tokens, self.calls = AppTokens(settings.login_url, login), Calls()
        self.keys = SigningKeys(settings.openid_url, keys)
        connector = Connector(self.tokens, posting, self.service_origins, Pace(), self.calls)
        self.chat = TeamsChat(connector, self.workspaces.app, self.known)

    def start(self) -> None:
        self.workspaces.refresh()

    def stop(self) -> None:
        run_all(session.close for session in self._sessions)

    def workspace_changed(self) -> None:
        with suppress(StoreError):  # the change itself is in the store, and the next run of the task reads it
            self.workspaces.refresh()
        self._hurry(TENANTS)

    def wrong_in(self, values: Mapping[str, Any]) -> str:
        return self.tokens.wrong_in(App(values["team_id"], values["app_id"], values["app_password"]))


class TeamsPart(Part):
    """Receives what Teams sends, by the HTTP adapter."""

    def __init__(self, client: TeamsClient, edge: Edge) -> None:
        common, self._client = edge.common, client
        queue = Queue(edge.dispatcher, edge.queue.pool, edge.queue.side, edge.queue.timers)
        prompts = client.prompt, common.settings.slack.command
        has_secret = partial(hides, config=common.redactor.config)
        intake = Intake(prompts, edge.registry, has_secret, client.chat, queue, edge.cards)
        zone, texts = ZoneInfo(common.settings.commands.time_zone), common.store.sealed_texts
        kept = KeptForms(texts, edge.registry, client.workspaces.workspace, client.prompt, zone)
        dialogs = Dialogs(intake, queue, Forms(kept, edge.suggestions))
        self._inbound = Inbound(
            Verifier(client.keys, client.workspaces.app_ids),
            client.workspaces.app_id,
            client.service_origins,
            client.known.heard,
            {
                "message": intake.message,
                "invoke": dialogs,
                "conversationUpdate": Renamed(common.store.channels, client.workspaces),
            },
            common.metrics,
        )
        common.vitals.chats.append(self._health)

    @property
    def webhooks(self) -> Mapping[str, Webhook]:
        return {PATH: Webhook(HEADER, BEARER, self._inbound)}

    @property
    def tasks(self) -> tuple[Task, ...]:
        return (
            Task(TENANTS, TENANTS_EVERY_S, self._client.workspaces.refresh, at_once=False, alone=True),
            Task("reading the keys of the Bot Framework", REFRESH_S, self._refresh_keys, alone=True),
        )

    def _health(self, customer: int | None) -> ChatHealth | None:
        client, tenants = self._client, self._client.workspaces
        if not (rows := tenants.of(customer)):
            return None
        apps = [app for row in rows if (app := tenants.app(row.team_id))]
        return health(client.keys, client.tokens, client.calls, apps)

    def _refresh_keys(self) -> None:
        try:
            self._client.keys.refresh()
        except KeysAway as error:
            log.warning(
                "the keys of the Bot Framework cannot be read now, and are read again when Teams needs them: %s", error
            )


def receivers(client: TeamsClient, edge: Edge) -> Sequence[Part]:
    return [TeamsPart(client, edge)]
