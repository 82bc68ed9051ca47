"""A message with one of Slack's newest blocks is sent again in simple ones where the workspace does not take it, and for a day none is tried
there; a text that Slack refuses in either form changes nothing for other messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.core.chat import Place
from bot.core.errors import ChatError
from bot.core.message import Message, Step, Steps, Table, sentence
from bot.core.metrics import Metrics
from bot.core.pipeline import Answer
from bot.slack.chat import SlackChat
from bot.slack.modal import Modal, Origin, open_modal
from bot.slack.refused_blocks import FOR, NewestBlocks
from bot.slack.response_url import UrlRef
from bot.slack.web_api import WebApi
from lab.slack import SlackLab, plain
from store.database import Store
from tests.e2e.rig import add_people

NOC, ELSEWHERE = Place("T0ACME", "C0NOC"), Place("T0GLOBEX", "C0GXNOC")
CARD = Message("Backup of rtr-1: success.", parts=(Steps((Step("complete", ("Backup of rtr-1: success.",), "✅"),)),))
LIST = Message("Jobs: #1.", parts=(Table("Jobs", ("Job", "Type"), ((("#1",), ("ping",)),)),))


class At:
    def __init__(self, slack: SlackLab, store: Store) -> None:
        self.slack, self.store, self.now = slack, store, store.database.now().timestamp()
        self.api = WebApi(slack.api_url)
        self.restart()

    def restart(self) -> None:
        self.metrics = Metrics()
        self.blocks = NewestBlocks(self.store.refused_blocks, self.metrics.blocks_refused, lambda: self.now)
        self.blocks.load()
        tokens = {"T0ACME": "xoxb-lab-acme", "T0GLOBEX": "xoxb-lab-globex"}
        self.chat = SlackChat(self.api, tokens.get, lambda: self.now, self.blocks)

    def refuse(self, block: str, method: str | None = None, error: str = "invalid_blocks") -> Any:
        return self.slack.fault(method, error=error, text=f'"{block}"', times=None)

    def posted(self, message: Message = CARD, place: Place = NOC) -> list[str]:
        """Returns the types of the blocks that are shown."""
        ts = self.chat.post(place, message)
        shown = self.slack.messages(place.channel, team=place.workspace)
        return [block["type"] for each in shown if each.ts == ts for block in each.blocks]

    @property
    def counted(self) -> dict[str, float]:
        return {series.labels[0]: series.value for series in self.metrics.blocks_refused.family().series}


@pytest.fixture
def at(store: Store) -> Iterator[At]:
    add_people(store)
    with SlackLab() as slack:
        made = At(slack, store)
        yield made
        made.api.close()


def test_what_a_workspace_accepts_is_sent(at: At) -> None:
    assert (at.posted(), at.posted(LIST)) == (["task_card"], ["data_table"])
    assert (at.counted, at.slack.refused) == ({}, [])


def test_a_refused_block_is_not_tried_again_there_for_a_day(at: At) -> None:
    fault = at.refuse("task_card")
    assert (at.posted(), fault.used, at.counted) == (["rich_text"], 1, {"task_card": 1})
    assert (at.posted(), fault.used) == (["rich_text"], 1)
    assert at.posted(LIST) == ["data_table"]
    assert (at.posted(place=ELSEWHERE), fault.used) == (["rich_text"], 2)
    fault.times = 0
    at.now += 60
    at.restart()
    assert (at.posted(), at.posted(place=ELSEWHERE)) == (["rich_text"], ["rich_text"])
    at.now += FOR.total_seconds()
    assert at.posted() == ["task_card"]
    at.restart()
    assert at.posted(place=ELSEWHERE) == ["task_card"]


def test_what_is_refused_in_either_form_is_its_summary_and_changes_nothing_else(at: At) -> None:
    fault = at.slack.fault("chat.postMessage", error="invalid_blocks", text='"rich_text"', times=None)
    at.refuse("task_card", "chat.postMessage")
    assert at.posted() == []
    assert [plain(message) for message in at.slack.messages("C0NOC")] == ["Backup of rtr-1: success."]
    assert (at.counted, at.store.refused_blocks.since(at.store.database.now() - FOR), fault.used) == ({}, [], 1)


@pytest.mark.parametrize("error", ["msg_blocks_too_long", "msg_too_long"])
def test_a_length_says_nothing_about_a_block(at: At, error: str) -> None:
    at.refuse("task_card", error=error)
    assert (at.posted(), at.counted) == (["rich_text"], {})


@pytest.mark.parametrize("error", ["channel_not_found", "ratelimited", "internal_error"])
def test_no_other_refusal_is_tried_in_another_form(at: At, error: str) -> None:
    fault = at.refuse("task_card", error=error)
    with pytest.raises(ChatError) as caught:
        at.chat.post(NOC, CARD)
    assert (caught.value.reason, fault.used, at.counted) == (error, 1, {})


def test_a_change_of_a_message_is_accepted_in_the_other_form(at: At) -> None:
    ref = at.chat.post(NOC, CARD)
    at.refuse("task_card")
    at.chat.update(NOC, ref, CARD, last=True)
    (shown,) = at.slack.messages("C0NOC")
    assert ([block["type"] for block in shown.blocks], at.counted) == (["rich_text"], {"task_card": 1})


def test_an_answer_by_response_url_is_accepted_in_the_other_form_and_each_use_is_counted(at: At) -> None:
    asked = at.slack.say("U0OSCAR", "/webnet ping #1", "C0PRIVATE", send=False)
    assert asked.response_url
    at.refuse("task_card")
    ref = UrlRef(asked.response_url, at.now, ephemeral=False)
    shown = UrlRef.read(at.chat.update(Place("T0ACME", "C0PRIVATE"), ref.text, CARD, last=False))
    assert (shown and shown.uses, at.counted) == (2, {"task_card": 1})
    assert [plain(message) for message in asked.replies] == ["✅ Backup of rtr-1: success."]


def test_what_one_user_alone_sees_has_none_of_them(at: At) -> None:
    at.chat.whisper(NOC, "U0OSCAR", CARD)
    asked = at.slack.say("U0OSCAR", "/webnet ping #1", send=False)
    assert asked.response_url
    at.chat.post(NOC, CARD, UrlRef(asked.response_url, at.now, ephemeral=True).text)
    shown = at.slack.messages("C0NOC", "U0OSCAR")
    assert [[block["type"] for block in message.blocks] for message in shown] == [["rich_text"]] * 2


@pytest.mark.parametrize(("refused", "shown"), [(False, "alert"), (True, "rich_text")])
def test_a_refusal_in_a_modal_stands_out_where_the_workspace_accepts_an_alert(
    at: At, refused: bool, shown: str
) -> None:
    if refused:
        at.refuse("alert", "views.update", "invalid_arguments")
    token, origin = "xoxb-lab-acme", Origin("C0NOC", "noc")
    asked = at.slack.say("U0OSCAR", "/webnet config #1", send=False)
    view = open_modal(at.api, token, str(asked.trigger_id), origin)
    modal = Modal(at.api, "T0ACME", token, view, origin, "config #1", 1, at.blocks)
    modal(Answer(sentence("rtr-1 is no longer here."), ephemeral=True, ok=False))
    opened = at.slack.open_view("U0OSCAR")
    assert opened
    assert [block["type"] for block in opened.content["blocks"]] == [shown]
    assert at.counted == ({"alert": 1} if refused else {})


def test_with_classic_blocks_none_is_sent(at: At) -> None:
    chat = SlackChat(at.api, {"T0ACME": "xoxb-lab-acme"}.get)
    chat.post(NOC, replace(CARD, title="Jobs"))
    (shown,) = at.slack.messages("C0NOC")
    assert [block["type"] for block in shown.blocks] == ["header", "rich_text"]


@pytest.mark.parametrize("metadata", ["", "7", "{}", '["C0NOC"]', "[" * 3_000, "0" * 32])
def test_odd_metadata_of_a_modal_names_no_place(metadata: str) -> None:
    assert Origin.of({"view": {"type": "modal", "private_metadata": metadata}}) == Origin()


@pytest.mark.parametrize(
    ("user", "channel"), [({"id": "U0OSCAR"}, "U0OSCAR"), ("U0OSCAR", ""), ({"id": None}, ""), (None, "")]
)
def test_what_is_clicked_in_a_home_is_answered_to_its_user_alone(user: object, channel: str) -> None:
    assert Origin.of({"view": {"type": "home"}, "user": user}) == Origin(channel, home=True)
