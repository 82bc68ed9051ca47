"""A Teams that takes calls and does not answer keeps no card of Slack waiting for more than one of its calls."""

from __future__ import annotations

from pathlib import Path

from lab.teams import TeamsLab
from lab.teams.activities import ONCALL, OSCAR
from tests.e2e.rig import wait_until
from tests.teams.rig import both

DEVICES = "rtr-fra1-001", "rtr-fra1-013", "rtr-fra1-025", "rtr-fra1-037"


def test_cards_of_a_tenant_that_hangs_hold_up_no_card_of_slack(tmp_path: Path) -> None:
    with TeamsLab() as lab, both(lab, tmp_path) as at:
        hanging = at.teams.fault("PUT", delay_s=3_600, times=None)
        for device in DEVICES:
            at.say(OSCAR, f"ping {device}", ONCALL)
            at.teams.wait_message(ONCALL, f"Ping of {device}")
        wait_until(lambda: hanging.used, "a card that hangs")
        card = at.rig.ask("U0OSCAR", "ping rtr-nyc1-007")
        at.rig.slack.wait_message(card.channel, "Ping of rtr-nyc1-007: reachable", timeout=60.0)
        assert hanging.used < len(DEVICES)  # it did not wait for all of them
        hanging.times = 0
