"""Makes deliveries with a kind of notice that only these tests know. It imports little, since processes start with it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from bot.core.chat import Chat
from bot.core.events import Event
from bot.core.message import Link, Message, text
from bot.core.metrics import Metrics
from bot.core.notice_kinds import BY_RANK
from bot.core.notices import Notice, Notices, Words
from bot.delivery.updates import Updates
from bot.delivery.worker import SENDERS, Delivery
from bot.slack.chat import SlackChat
from bot.slack.errors import remedy
from bot.slack.web_api import WebApi
from store.database import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NUMBER = re.compile(r"\[(\d+)\]")  # how the notice below shows an event's number


def view(event: Event, words: Words) -> Message:
    number = event.data["number"]
    title = f"Number [{number}]"
    who = words.requester(event.data.get("user"), "somebody")
    return Message(
        title,
        title,
        (
            text(
                event.data.get("words", "arrived"),
                " for ",
                who,
                " ",
                Link("page", words.job_page(number)),
                *words.short(),
            ),
        ),
    )


NUMBERED = Notice(
    kind="numbered",
    view=view,
    line=lambda event: (f"[{event.data['number']}] {event.data.get('words', 'arrived')}",),
    group=lambda event: event.data.get("group", "numbered"),
    sample=lambda now: Event("numbered:sample", "numbered", BY_RANK[0], 1, now, {"number": 0}),
)


def event(number: int, customer: int = 1, flag: str = BY_RANK[0]) -> Event:
    return Event(f"number:{number}", "numbered", flag, customer, NOON, {"number": number})


def slack_chat(store: Store, api_url: str) -> SlackChat:
    tokens = {row.team_id: row.bot_token for row in store.workspaces.list(chat="slack") if row.enabled}
    return SlackChat(WebApi(api_url, connections=SENDERS), tokens.get)


def deliveries(store: Store, chat: Chat, metrics: Metrics, **options: Any) -> Delivery:
    options = {
        "redact": lambda message: message,
        "remedy_of": lambda _: remedy,
        "digest_over": 5,
        "digest_pause_s": 0.02,
        "pace_s": 0.02,
        "prompt_of": lambda _: "/webnet",
        "job_page": "https://webnet.test/jobs/{}/".format,
    } | options
    return Delivery(store, chat, Notices([NUMBERED]), metrics, Updates(lambda: 1), **options)
