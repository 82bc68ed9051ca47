"""Deliveries between a real store and an emulated Slack, with a notice of one's own, so that only the outbox is under test."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.core.events import Event
from bot.core.message import Link, Message, text
from bot.core.metrics import Metrics
from bot.core.notices import FLAGS, Notice, Notices, Words
from bot.notify.delivery import Delivery
from bot.slack.chat import Chat
from bot.slack.posting import Posting
from lab.slack import SlackLab, plain
from lab.slack.world import Message as Shown
from store.database import Store
from tests.e2e.rig import add_people, wait_until

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NUMBER = re.compile(r"\[(\d+)\]")  # how the notice below shows an event's number


def view(event: Event, words: Words) -> Message:
    number = event.data["number"]
    title = f"Parcel [{number}]"
    who = words.person(event.data.get("user"), "somebody")
    return Message(
        title,
        title,
        (text(event.data.get("words", "arrived"), " for ", who, " ", Link("page", words.job_page(number))),),
    )


PARCEL = Notice(
    kind="parcel",
    view=view,
    line=lambda event: (f"[{event.data['number']}] {event.data.get('words', 'arrived')}",),
    group=lambda event: event.data.get("group", "parcel"),
    sample=lambda now: Event("parcel:sample", "parcel", FLAGS[0], 1, now, {"number": 0}),
)


@dataclass
class Office:
    slack: SlackLab
    store: Store
    delivery: Delivery
    metrics: Metrics
    channels: dict[str, int]

    def owe(self, numbers: range, *places: str, customer: int = 1, kind: str = "parcel", **data: Any) -> None:
        channels = [self.channels[place] for place in places or ("C0ALERTS",)]
        with self.store.transaction():
            for number in numbers:
                self.store.outbox.add(
                    key=f"{kind}:{number}",
                    kind=kind,
                    flag=data.get("flag", FLAGS[0]),
                    customer=customer,
                    happened_at=NOON,
                    data={"number": number, **data},
                    channels=channels,
                )
        self.delivery.wake()

    def told(self, place: str = "C0ALERTS") -> list[int]:
        """The numbers of the parcels that the channel was told, in the order of its messages."""
        return [int(number) for message in self.posts(place) for number in NUMBER.findall(shown(message))]

    def posts(self, place: str = "C0ALERTS") -> list[Shown]:
        return self.slack.messages(place)

    def until_told(self, numbers: range, place: str = "C0ALERTS", timeout: float = 20.0) -> None:
        wanted = set(numbers)
        wait_until(lambda: wanted <= set(self.told(place)), f"{len(wanted)} parcels in {place}", timeout)

    def until_settled(self, timeout: float = 20.0) -> None:
        wait_until(lambda: self.store.outbox.depth().waiting == 0, "an empty outbox", timeout)

    def twice(self, place: str = "C0ALERTS") -> list[int]:
        return [number for number, times in Counter(self.told(place)).items() if times > 1]

    def count(self, name: str) -> dict[tuple[str, ...], float]:
        return {series.labels: series.value for series in getattr(self.metrics, name).family().series}


def shown(message: Shown) -> str:
    """A message as people see it, without its title: the parcel's number stands in its text, too."""
    return plain(message)


def deliveries(store: Store, api_url: str, metrics: Metrics, **options: Any) -> Delivery:
    def token_of(team_id: str) -> str | None:
        row = store.workspaces.by_team(team_id)
        return row.bot_token if row and row.enabled else None

    options = {
        "digest_over": 5,
        "pace_s": 0.02,
        "prompt": "/webnet",
        "job_page": "https://webnet.test/jobs/{}/".format,
    } | options
    return Delivery(store, Posting(Chat(api_url), token_of), Notices([PARCEL]), metrics, **options)


@contextmanager
def office(store: Store, *, running: bool = True, strict: bool = True, **options: Any) -> Iterator[Office]:
    """At the end Slack must have refused no message."""
    add_people(store)
    acme, globex = store.workspaces.list()
    channels = {
        name: store.channels.add(workspace=workspace.id, channel_id=name).id
        for workspace, name in ((acme, "C0ALERTS"), (acme, "C0NOC"), (acme, "C0PRIVATE"), (globex, "C0GXNOC"))
    }
    metrics = Metrics()
    with SlackLab() as slack:
        delivery = deliveries(store, slack.api_url, metrics, **options)
        if running:
            delivery.start()
        try:
            yield Office(slack, store, delivery, metrics, channels)
        finally:
            delivery.stop()
        if strict:
            assert slack.refused == []
