"""Makes the half of a chat that sends, for a command that runs once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

from bot import tls
from bot.core.chat import Chat
from bot.http_client import Session, origin
from bot.ids.chats import TEAMS
from bot.settings.table import Settings
from store.database import Store
from store.workspaces import Workspace

if TYPE_CHECKING:
    from bot.teams.app_tokens import AppTokens


@contextmanager
def app_tokens(settings: Settings) -> Iterator[AppTokens]:
    from bot.teams.app_tokens import AppTokens  # noqa: PLC0415  # is of no use where there is no Teams

    url = settings.teams.login_url
    with closing(Session({origin(url)}, tls.context(settings.tls.ca_bundle), connections=1)) as session:
        yield AppTokens(url, session)


@contextmanager
def chat_of(workspace: Workspace, store: Store, settings: Settings) -> Iterator[Chat]:
    """Gives the chat of a workspace, whether or not that is enabled."""
    with ExitStack() as closed:
        yield (_teams if workspace.chat == TEAMS else _slack)(workspace, store, settings, closed)


def _slack(workspace: Workspace, _: Store, settings: Settings, closed: ExitStack) -> Chat:
    from bot.slack.chat import SlackChat  # noqa: PLC0415  # one of the two is of use
    from bot.slack.web_api import WebApi  # noqa: PLC0415

    api = closed.enter_context(closing(WebApi(settings.slack.api_url, ca_bundle=settings.tls.ca_bundle)))
    return SlackChat(api, lambda _: workspace.bot_token)


def _teams(workspace: Workspace, store: Store, settings: Settings, closed: ExitStack) -> Chat:
    from bot.teams.app_tokens import App  # noqa: PLC0415
    from bot.teams.chat import TeamsChat  # noqa: PLC0415
    from bot.teams.conversations import KnownConversations  # noqa: PLC0415
    from bot.teams.hosts import origins  # noqa: PLC0415
    from bot.teams.pace import Pace  # noqa: PLC0415
    from bot.teams.post import Connector  # noqa: PLC0415

    allowed, tokens = origins(settings.teams.service_hosts), closed.enter_context(app_tokens(settings))
    session = closed.enter_context(closing(Session(allowed, tls.context(settings.tls.ca_bundle), connections=1)))
    app = App(workspace.team_id, workspace.app_id, workspace.app_password or "")
    known = KnownConversations(store.teams_conversations)
    return TeamsChat(Connector(tokens, session, allowed, Pace()), lambda _: app, known)
