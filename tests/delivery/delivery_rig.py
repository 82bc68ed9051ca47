"""Runs deliveries between a real store and an emulated Slack, with a kind of notice that only these tests know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bot.core.metrics import Metrics
from bot.core.notice_kinds import BY_RANK
from bot.delivery.worker import Delivery
from lab.slack import SlackLab, plain
from lab.slack.world import Message as Shown
from store.database import Store
from store.outbox import NewDelivery
from tests.delivery.stored_deliveries import NOON, NUMBER, deliveries, slack_chat
from tests.e2e.rig import add_people, wait_until


@dataclass
class DeliveryRig:
    slack: SlackLab
    store: Store
    delivery: Delivery
    metrics: Metrics
    channels: dict[str, int]

    def enqueue(
        self,
        numbers: range,
        *places: str,
        customer: int = 1,
        kind: str = "numbered",
        answers: str | None = None,
        **data: Any,
    ) -> None:
        channels = [self.channels[place] for place in places or ("C0ALERTS",)]
        with self.store.transaction():
            for number in numbers:
                self.store.outbox.add(
                    key=f"{kind}:{number}",
                    kind=kind,
                    flag=data.get("flag", BY_RANK[0]),
                    customer=customer,
                    happened_at=NOON,
                    data={"number": number, **data},
                    deliveries=[NewDelivery(channel=each) for each in channels],
                    answers=answers,
                )
        self.delivery.wake()

    def delivered(self, place: str = "C0ALERTS") -> list[int]:
        """Returns the numbers that the channel was notified of, in the order of its messages."""
        return [int(number) for message in self.posts(place) for number in NUMBER.findall(shown(message))]

    def posts(self, place: str = "C0ALERTS") -> list[Shown]:
        return self.slack.messages(place)

    def until_delivered(self, numbers: range, place: str = "C0ALERTS", timeout: float = 20.0) -> None:
        wanted = set(numbers)
        wait_until(lambda: wanted <= set(self.delivered(place)), f"{len(wanted)} numbers in {place}", timeout)

    def until_settled(self, timeout: float = 20.0) -> None:
        wait_until(lambda: self.store.outbox.depth().waiting == 0, "an empty outbox", timeout)

    def twice(self, place: str = "C0ALERTS") -> list[int]:
        return [number for number, times in Counter(self.delivered(place)).items() if times > 1]

    def count(self, name: str) -> dict[tuple[str, ...], float]:
        return {series.labels: series.value for series in getattr(self.metrics, name).family().series}


def shown(message: Shown) -> str:
    """Returns a message as it is read, without its title: the number stands in its text, too."""
    return plain(message)


@contextmanager
def delivery_rig(store: Store, *, running: bool = True, strict: bool = True, **options: Any) -> Iterator[DeliveryRig]:
    """Starts deliveries unless `running` is False. At the end Slack must have refused no message, unless `strict` is False."""
    add_people(store)
    acme, globex = store.workspaces.list()
    channels = {
        name: store.channels.add(workspace=workspace.id, channel_id=name).id
        for workspace, name in ((acme, "C0ALERTS"), (acme, "C0NOC"), (acme, "C0PRIVATE"), (globex, "C0GXNOC"))
    }
    metrics = Metrics()
    with SlackLab() as slack:
        delivery = deliveries(store, slack_chat(store, slack.api_url), metrics, **options)
        if running:
            delivery.start()
        try:
            yield DeliveryRig(slack, store, delivery, metrics, channels)
        finally:
            delivery.stop()
        if strict:
            assert slack.refused == []
