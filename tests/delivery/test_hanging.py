"""A chat that hangs keeps some senders, and never all."""

from __future__ import annotations

import threading
from collections import Counter

from bot.core.chat import Place
from bot.core.message import Message
from bot.core.metrics import Metrics
from store.database import Store
from tests.delivery.stored_deliveries import NOON, deliveries
from tests.e2e.rig import wait_until
from tests.store.test_outbox import channel, enqueue
from tests.store.test_workspaces import add


class Hanging:
    """Is a chat in which what is posted to some workspaces hangs until `let` is set. `begun` counts the posts of each."""

    def __init__(self, *workspaces: str) -> None:
        self.workspaces = workspaces
        self.begun: Counter[str] = Counter()
        self.let = threading.Event()
        self._lock = threading.Lock()

    def post(self, place: Place, message: Message, reply_to: str = "") -> str:
        with self._lock:
            self.begun[place.workspace] += 1
        if place.workspace in self.workspaces:
            self.let.wait()
        return f"the ref in {place.channel}"

    def update(self, place: Place, ref: str, message: Message, *, last: bool) -> str:
        raise NotImplementedError

    def has_thread(self, place: Place, ref: str) -> bool:
        raise NotImplementedError

    def whisper(self, place: Place, caller: str, message: Message) -> None:
        raise NotImplementedError

    def fits(self, place: Place, message: Message) -> bool:
        return True


def test_tenants_that_hang_leave_senders_to_the_others(store: Store) -> None:
    names = "T0ACME", "T0GLOBEX", "T0INITECH"
    places = {
        name: [channel(store, workspace, f"C{number}") for number in range(20)]
        for name, workspace in ((name, add(store, name).id) for name in names)
    }

    def add_notices(name: str, number: int) -> None:
        event = {"kind": "numbered", "happened_at": NOON, "data": {"number": number}}
        enqueue(store, f"numbered:{number}", *places[name], **event)
        delivery.wake()

    chat = Hanging("T0ACME", "T0GLOBEX")
    delivery = deliveries(store, chat, Metrics(), senders=8)
    delivery.start()
    try:
        add_notices("T0ACME", 1)
        wait_until(lambda: chat.begun["T0ACME"] >= 4, "half of the senders to hang")
        add_notices("T0GLOBEX", 2)
        wait_until(lambda: chat.begun["T0GLOBEX"] >= 2, "half of the others to hang")
        add_notices("T0INITECH", 3)
        wait_until(lambda: len(store.outbox.list("sent")) == 20, "all notices of whoever answers")
        assert chat.begun == {"T0ACME": 4, "T0GLOBEX": 2, "T0INITECH": 20}
        chat.let.set()
        wait_until(lambda: store.outbox.depth().waiting == 0, "the rest")
    finally:
        chat.let.set()
        delivery.stop()
