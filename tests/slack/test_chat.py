"""Slack behind the port of core/chat: what each kind of ref can do, against the emulated Slack."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.core.chat import Place
from bot.core.errors import ChatError
from bot.core.message import sentence
from bot.slack.chat import SlackChat
from bot.slack.response_url import USES, VALID_S, UrlRef
from bot.slack.web_api import WebApi
from lab.slack import Interaction, SlackLab, plain

NOC = Place("T0ACME", "C0NOC")
PRIVATE = Place("T0ACME", "C0PRIVATE")  # the bot is no member
NOW = 1_800_000_000.0


class At:
    def __init__(self, slack: SlackLab) -> None:
        self.slack = slack
        self.now = NOW
        self.api = WebApi(slack.api_url)
        tokens = {"T0ACME": "xoxb-lab-acme"}
        self.chat = SlackChat(self.api, tokens.get, lambda: self.now)

    def ask(self, channel: str = "C0NOC", *, ephemeral: bool = False) -> tuple[Interaction, str]:
        """A request that is not answered yet, and its ref."""
        asked = self.slack.say("U0OSCAR", "/webnet ping #1", channel, send=False)
        assert asked.response_url
        return asked, UrlRef(asked.response_url, NOW, ephemeral).text

    def texts(self, channel: str = "C0NOC") -> list[str]:
        return [plain(message) for message in self.slack.messages(channel)]


@pytest.fixture
def at() -> Iterator[At]:
    with SlackLab() as slack:
        made = At(slack)
        yield made
        made.api.close()


def uses(ref: str) -> int:
    found = UrlRef.read(ref)
    assert found
    return found.uses


def test_the_ref_of_a_message_of_the_bots_own_is_its_bare_ts(at: At) -> None:
    ref = at.chat.post(NOC, sentence("queued"))
    assert [message.ts for message in at.slack.messages("C0NOC")] == [ref]
    assert at.chat.update(NOC, ref, sentence("running"), last=False) == ref
    at.chat.post(NOC, sentence("ended"), reply_to=ref)
    assert at.texts() == ["running", "ended"]
    assert at.slack.messages("C0NOC")[1].thread_ts == ref


def test_a_message_to_a_user_is_changed_and_answered_in_the_conversation_that_slack_names(at: At) -> None:
    oscar = Place("T0ACME", "U0OSCAR")
    ref = at.chat.post(oscar, sentence("asked"))
    assert ref.startswith("D0OSCAR:")
    assert at.chat.update(oscar, ref, sentence("decided"), last=True) == ref
    at.chat.post(oscar, sentence("ended"), reply_to=ref)
    first, reply = at.slack.messages("D0OSCAR", "U0OSCAR")
    assert (plain(first), plain(reply), reply.thread_ts) == ("decided", "ended", first.ts)


def test_a_place_in_a_thread_is_posted_to_and_whispered_in(at: At) -> None:
    first = at.chat.post(NOC, sentence("first"))
    thread = Place(NOC.workspace, NOC.channel, first)
    at.chat.post(thread, sentence("for all"))
    at.chat.whisper(thread, "U0OSCAR", sentence("for one"))
    found = at.slack.messages("C0NOC", "U0OSCAR")
    assert [(plain(message), message.thread_ts, message.ephemeral_to) for message in found[1:]] == [
        ("for all", first, None),
        ("for one", first, "U0OSCAR"),
    ]


def test_a_request_that_shows_nothing_yet_is_answered_by_the_bot_itself(at: At) -> None:
    _, ref = at.ask()
    shown = at.chat.update(NOC, ref, sentence("queued"), last=False)
    at.chat.update(NOC, shown, sentence("running"), last=False)
    at.chat.post(NOC, sentence("ended"), reply_to=shown)
    first, reply = at.slack.messages("C0NOC")
    assert (plain(first), plain(reply), reply.thread_ts) == ("running", "ended", first.ts)


def test_where_the_bot_may_not_post_a_request_is_answered_by_its_response_url(at: At) -> None:
    asked, ref = at.ask("C0PRIVATE")
    shown = at.chat.update(PRIVATE, ref, sentence("queued"), last=False)
    assert uses(shown) == 1
    assert uses(at.chat.post(PRIVATE, sentence("ended"), reply_to=shown)) == 2
    assert [plain(message) for message in asked.replies] == ["queued", "ended"]


def test_two_uses_of_a_response_url_are_kept_for_the_end(at: At) -> None:
    asked, _ = at.ask("C0PRIVATE", ephemeral=True)
    assert asked.response_url
    ref = UrlRef(asked.response_url, NOW, ephemeral=True).used()
    at.chat.post(PRIVATE, sentence("queued"), reply_to=UrlRef(ref.url, NOW, ephemeral=True).text)
    shown = UrlRef(ref.url, NOW, ephemeral=True, uses=1, replaceable=True).text
    for number in range(4):
        shown = at.chat.update(PRIVATE, shown, sentence(f"state {number}"), last=False)
    assert uses(shown) == USES - 2
    shown = at.chat.update(PRIVATE, shown, sentence("over"), last=True)
    shown = at.chat.post(PRIVATE, sentence("ended"), reply_to=shown)
    assert [plain(message) for message in asked.replies] == ["over", "ended"]
    with pytest.raises(ChatError) as caught:
        at.chat.post(PRIVATE, sentence("once more"), reply_to=shown)
    assert caught.value.kind == "permanent"


def test_a_response_url_that_is_too_old_is_not_even_tried(at: At) -> None:
    asked, ref = at.ask("C0PRIVATE", ephemeral=True)
    at.now += VALID_S
    assert at.chat.update(PRIVATE, ref, sentence("queued"), last=False) == ref
    with pytest.raises(ChatError):
        at.chat.post(PRIVATE, sentence("ended"), reply_to=ref)
    assert asked.replies == []


def test_an_address_that_an_older_version_stored_is_kept_for_the_end(at: At) -> None:
    asked, _ = at.ask("C0PRIVATE")
    assert asked.response_url
    assert at.chat.update(PRIVATE, asked.response_url, sentence("running"), last=True) == asked.response_url
    at.chat.post(PRIVATE, sentence("ended"), reply_to=asked.response_url)
    assert [(plain(message), message.ephemeral_to) for message in asked.replies] == [("ended", "U0OSCAR")]


def test_nothing_is_posted_to_a_workspace_without_a_token(at: At) -> None:
    with pytest.raises(ChatError) as caught:
        at.chat.post(Place("T0GLOBEX", "C0GXNOC"), sentence("hello"))
    assert (caught.value.kind, caught.value.reason) == ("passing", "no_token")
