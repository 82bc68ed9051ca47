"""A running bot says what is wrong with a workspace: once, after a change, and once an hour."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from bot.core.errors import WebNetError
from bot.slack.web_api import WebApi
from bot.slack.workspace_watch import AGAIN_S, WorkspaceWatch
from bot.webnet.client import WebNet
from bot.webnet.transport import Transport
from lab.slack import SlackLab
from lab.webnet import BOT_KEY, WebNetLab
from store.database import Store
from tests.e2e.rig import add_people


class Watching:
    """Looks at the workspaces of the lab, whose clock moves by hand."""

    def __init__(self, slack: SlackLab, webnet: WebNetLab, client: WebNet, api: WebApi, store: Store) -> None:
        self.slack, self.webnet, self.store, self.time = slack, webnet, store, 0.0
        self.acme, self.globex = store.workspaces.list()
        self._watch = WorkspaceWatch(store.workspaces.list, api, client.customers, lambda: self.time)

    def said(self, caplog: pytest.LogCaptureFixture) -> list[str]:
        """Looks, and returns what was logged since the last look."""
        caplog.clear()
        self._watch.look()
        return [record.getMessage() for record in caplog.records if record.name == "bot.slack.workspace_watch"]


@pytest.fixture
def watching(store: Store) -> Iterator[Watching]:
    add_people(store)
    with (
        SlackLab() as slack,
        WebNetLab() as webnet,
        closing(WebNet(Transport(webnet.url, BOT_KEY, sleep=lambda _: None))) as client,
        closing(WebApi(slack.api_url)) as api,
    ):
        yield Watching(slack, webnet, client, api, store)


def test_workspaces_that_are_right_are_looked_at_once_an_hour(
    watching: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        assert watching.said(caplog) == []
    calls = len(watching.slack.calls)
    assert calls == 2
    watching.time += AGAIN_S
    assert watching.said(caplog) == []
    assert len(watching.slack.calls) == 2 * calls


def test_what_is_wrong_is_said_once_and_again_after_an_hour_or_a_change(
    watching: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    change = watching.store.workspaces.update
    change(watching.acme.id, customer=77, bot_token="xoxb-lab-globex")
    command = "`webnet-bot workspace set T0ACME"
    wrong = [
        f"workspace T0ACME: WebNet has no customer 77: {command} --customer ID`",
        f"workspace T0ACME: its bot token is of the workspace T0GLOBEX: {command} --bot-token-prompt`",
    ]
    assert watching.said(caplog) == wrong
    assert watching.said(caplog) == []
    watching.time += AGAIN_S
    assert watching.said(caplog) == wrong
    change(watching.acme.id, customer=1, bot_token="xoxb-lab-acme", bot_user_id="U0OTHER")
    (words,) = watching.said(caplog)
    assert words.startswith("workspace T0ACME: the bot is U0BOT there, not U0OTHER: ")
    change(watching.acme.id, bot_user_id="U0BOT")
    watching.slack.revoke("xoxb-lab-acme")
    (words,) = watching.said(caplog)
    assert words.startswith("workspace T0ACME: Slack does not accept its bot token (token_revoked): ")
    change(watching.acme.id, enabled=False)
    assert watching.said(caplog) == []


def test_what_cannot_be_asked_now_is_asked_the_next_time(watching: Watching, caplog: pytest.LogCaptureFixture) -> None:
    watching.store.workspaces.update(watching.acme.id, bot_token="xoxb-lab-globex")
    fault = watching.webnet.fault("error", prefix="/api/v1/customers/")
    with pytest.raises(WebNetError):
        watching.said(caplog)
    fault.times = 0
    watching.slack.fault("auth.test", error="internal_error", times=2)
    assert watching.said(caplog) == []
    (words,) = watching.said(caplog)
    assert "its bot token is of the workspace T0GLOBEX" in words
