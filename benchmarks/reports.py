"""What a daily report over 10,000 devices costs: the processor time of the thread that makes it, and the requests to WebNet.

The customer's copy of the devices is whole, each device has a config, and fourteen nights of backups of all of them have failed on fifty
devices each; there are hundreds of pings, violations and changes. The simulated WebNet runs in the same process, in threads of its own.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta

from rich.table import Table

from benchmarks.kit import Effort, spread, table
from bot.webnet.client import WebNet
from bot.webnet.transport import Transport
from handlers import _report
from lab.webnet import BOT_KEY, WebNetLab
from store.compliance import PolicyState
from store.database import Store, open_store
from tests.conftest import STORE_KEY
from tests.e2e.rig import add_people
from tests.reports import kit

DEVICES = 10_000
NIGHTS, FAILING, PINGS, VIOLATIONS, CHANGES = 14, 50, 300, 500, 300
FIRST = 100_000  # the number of the first job


def measured(effort: Effort) -> Iterator[Table]:
    with (
        tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder,
        WebNetLab(devices=DEVICES, job_seconds=0.0) as lab,
        open_store(f"sqlite:///{folder}/store.db", keys=[STORE_KEY]) as store,
    ):
        add_people(store)
        webnet = WebNet(Transport(lab.url, BOT_KEY, timeout_s=30.0))
        sources = kit.sources_of(store, webnet)
        devices = [device for device, customer in store.directory.ids() if customer == 1]
        fill(store, devices)
        took: list[float] = []
        asked: list[int] = []
        for _ in range(effort.rounds):
            before, began = lab.request_count, time.thread_time()
            _report.read(kit.reader(sources))
            took.append(time.thread_time() - began)
            asked.append(lab.request_count - before)
            sources.violations._policies._read_at = float("-inf")  # noqa: SLF001  # as after ten minutes
        webnet.close()
    rows = [
        ("processor time, s", spread(took), "≤ 1 s"),
        ("requests to WebNet", f"{max(asked)} at most", "≤ 20"),
    ]
    yield table(f"A daily report over {len(devices):,} devices", "", "measured", "goal", rows=rows)


def fill(store: Store, devices: list[int]) -> None:
    names = store.overview.hostnames(1, devices)
    with store.transaction():
        for device in devices:
            kit.config(store, device, 1, timedelta(hours=5) if device % 50 else 3 * kit.A_DAY)
        for night in range(NIGHTS):
            failed = [names[device] for device in devices[night * FAILING : (night + 1) * FAILING]]
            kit.ended(store, FIRST + night, 1, devices, failed, ago=(NIGHTS - night - 0.5) * kit.A_DAY)
        for ping in range(PINGS):
            device = devices[-ping - 1]
            answers, ago = ping % 3 == 0, timedelta(hours=ping)
            kit.pinged(store, FIRST + 100 + ping, 1, device, names[device], answers=answers, ago=ago)
        found = (
            PolicyState(1, device, failing=True, result=device, checked_at=kit.NOW) for device in devices[:VIOLATIONS]
        )
        store.compliance.put([*found])
        for change in range(CHANGES):
            kit.changed(store, change + 1, 1, devices[change], ago=timedelta(minutes=change))
