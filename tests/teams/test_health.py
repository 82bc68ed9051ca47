"""How Teams is reached, in `health` and for probes: its keys, its tokens, its last call, and whether it slows the bot down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field

import pytest
import requests

from bot import tls
from bot.core.errors import ChatError
from bot.http_client import Session, origin
from bot.teams.app_tokens import App, AppTokens
from bot.teams.calls import THROTTLED_S, Calls
from bot.teams.health import health
from bot.teams.hosts import origins
from bot.teams.keys import SigningKeys
from bot.teams.pace import Pace
from bot.teams.post import Connector
from bot.vitals import ChatHealth, Vitals
from lab.teams import TeamsLab
from lab.teams.activities import ACME, ACME_APP, ADA, ONCALL
from tests.e2e.rig import wait_until
from tests.teams.rig import PASSWORD, Both

APP, OTHER = App(ACME, ACME_APP, PASSWORD), App(ACME, ACME_APP, "another one")
TYPING = {"type": "typing"}


@dataclass
class Reached:
    """The parts that reach an emulated Teams, and a clock for them."""

    lab: TeamsLab
    stack: ExitStack
    now_s: float = 1_000.0
    calls: Calls = field(init=False)

    def __post_init__(self) -> None:
        def session(url: str) -> Session:
            return self.stack.enter_context(closing(Session({origin(url)}, tls.context(), connections=1)))

        self.calls = Calls(lambda: self.now_s)
        self.keys = SigningKeys(self.lab.openid_url, session(self.lab.openid_url), lambda: self.now_s)
        self.tokens = AppTokens(self.lab.login_url, session(self.lab.login_url), lambda: self.now_s)
        allowed = origins([self.lab.url])
        self.connector = Connector(
            self.tokens, session(self.lab.url), allowed, Pace(), self.calls, sleep=lambda _: None
        )

    def post(self, app: App = APP, conversation: str = ONCALL) -> None:
        self.connector.post(app, self.lab.service_url, conversation, TYPING)

    def health(self, *apps: App) -> ChatHealth:
        return health(self.keys, self.tokens, self.calls, apps or (APP,))


@pytest.fixture
def reached() -> Iterator[Reached]:
    with TeamsLab() as lab, ExitStack() as stack:
        yield Reached(lab, stack)


def test_without_keys_nothing_arrives_and_before_the_first_call_nothing_is_known(reached: Reached) -> None:
    assert (reached.health().state, "keys that it signs with" in reached.health().words) == ("shut", True)
    reached.keys.refresh()
    assert (reached.health().state, reached.health().words) == ("well", "nothing was sent yet.")


def test_the_last_call_decides_and_what_teams_refused_for_good_it_answered(reached: Reached) -> None:
    reached.keys.refresh()
    reached.post()
    reached.now_s += 4
    found = reached.health()
    assert (found.state, found.words) == ("well", "answered the last call 4 s ago.")
    assert found.more == "Keys of Teams: read 4 s ago; 1 of 1 app with a token; last call: 4 s ago."
    reached.lab.connector.fault(status=500)
    with pytest.raises(ChatError):
        reached.post()
    assert (reached.health().state, "the last call failed" in reached.health().words) == ("failing", True)
    with pytest.raises(ChatError):
        reached.post(conversation="19:gone@thread.tacv2")
    assert reached.health().state == "well"


def test_that_teams_slows_the_bot_down_is_said_for_a_while(reached: Reached) -> None:
    reached.keys.refresh()
    reached.lab.connector.fault(status=429, after_s=1)
    reached.post()
    assert (reached.health().state, "slows the bot down" in reached.health().words) == ("late", True)
    reached.lab.connector.fault(status=429, after_s=200)
    with pytest.raises(ChatError):
        reached.post()
    assert reached.health().state == "late"
    reached.now_s += THROTTLED_S
    assert reached.health().state == "well"


def test_a_token_that_is_not_to_be_had_is_said_unless_another_app_of_the_customer_has_one(reached: Reached) -> None:
    reached.keys.refresh()
    with pytest.raises(ChatError):
        reached.post(OTHER)
    found = reached.health(OTHER)
    assert (found.state, "no token is to be had" in found.words, ACME in found.words + found.more) == (
        "failing",
        True,
        False,
    )
    reached.post()
    assert reached.health(APP, OTHER).state == "well"
    assert "1 of 2 apps with a token" in reached.health(APP, OTHER).more


def test_each_chat_says_how_it_is_in_health_and_one_of_two_that_is_shut_only_degrades(at: Both) -> None:
    at.say(ADA, "health", ONCALL)
    said = at.teams.wait_message(ADA.personal, "Slack: connected.").text
    assert "Teams: " in said
    assert "2 connections to Slack. Keys of Teams: read " in said
    at.rig.slack.refuse_open(1000)
    at.rig.slack.kill()
    try:
        wait_until(lambda: "slack" in ready(at)["degraded"], "the loss to be noticed")
        assert ready(at)["degraded"]["slack"].startswith("Slack: no Socket Mode connection is open")
        assert ready(at)["wrong"] == {}
    finally:
        at.rig.slack.hub.refuse_opens.clear()
    wait_until(lambda: "slack" not in ready(at)["degraded"], "the connection to be back")


def ready(at: Both) -> dict[str, dict[str, str]]:
    answer = requests.get(f"{at.url}/readyz", timeout=30)
    found: dict[str, dict[str, str]] = answer.json()
    assert answer.status_code == 200
    return found


def test_a_chat_without_a_workspace_of_the_customer_is_not_named() -> None:
    vitals = Vitals()
    vitals.chats += [lambda customer: ChatHealth("Slack", "x") if customer in (None, 1) else None, lambda _: None]
    assert [each.name for each in vitals.of_chats(1)] == ["Slack"]
    assert [each.name for each in vitals.of_chats()] == ["Slack"]
    assert vitals.of_chats(2) == ()
