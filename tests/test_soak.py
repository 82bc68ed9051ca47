"""A short form of `make soak`, so that it cannot rot: everything at once, one kill, and the same counts. No times."""

from __future__ import annotations

import time

import pytest
from aiohttp import web

from lab.slack import Interaction, SlackLab
from lab.slack.sockets import Connection
from store.database import Store
from tests.soak.asked import Asked, Desk
from tests.soak.findings import counted
from tests.soak.replicas import Kill
from tests.soak.run import Plan, soaked
from tests.soak.webnet_events import Rates

SHORT = Plan(
    seconds=12.0,
    seed=7,
    warm_up_s=5.0,
    trouble_every_s=1.5,
    kill_every_s=18.0,
    longest_outage_s=2.0,
    poll_interval_s=1.0,
    patience_s=30.0,
    rates=Rates(jobs=120.0, results=60.0, changes=60.0, repeated=0.0),
)


@pytest.mark.timeout(400)  # who was cut off by a kill is notified when the lease of its process has ended
def test_under_everything_at_once_nothing_is_lost() -> None:
    with soaked(SHORT) as soak:
        found = [*counted(soak)]
    assert [finding for finding in found if not finding.right] == []
    assert soak.desk.counts["answered"] > 0
    assert sum(len(replica.kills) for replica in soak.replicas) >= 1


def test_what_slack_sends_to_a_killed_replica_before_it_notices_is_lost_by_the_kill(store: Store) -> None:
    world = SlackLab().world
    gone = Connection(4, world.apps["A0WEBNET"], web.WebSocketResponse(), None)
    killed_at = time.monotonic() - 1.0
    sent = Interaction(world, "slash_commands", "T0ACME", "A0WEBNET", "U0VERA", "C0NOC", {}, "E1", killed_at + 0.01)
    sent.connection, sent.error = gone, "operation_timeout"
    desk = Desk(store, [Kill(killed_at, frozenset({gone.id}))])
    desk.take(Asked(sent, "help", changes=False))
    desk.settle(patience_s=0.0)
    assert desk.counts == {"not taken: sent into a dead connection": 1}
