from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.core.approval_need import ApprovalRule
from lab.teams import TeamsLab
from tests.teams.rig import Both, both


@pytest.fixture(scope="package")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """The bot with both chats; one for all that tests of Teams ask of a whole bot. What waits for a second person is shown in Slack, too."""
    options: dict[str, Any] = {"visibility_of": {"jobs": "ephemeral"}, "approval": {"backup": ApprovalRule(over=1)}}
    with TeamsLab() as lab, both(lab, tmp_path_factory.mktemp("teams"), "C0ALERTS", **options) as running:
        yield running
