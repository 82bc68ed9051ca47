"""Whose click it is: an app that is installed for a whole organization, and users of other workspaces in a shared channel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.slack.shapes import of_guest, of_other_workspace, team_of
from lab.slack import Member, plain
from tests.e2e.rig import Rig, answer, rig, wait_until


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder: Path = tmp_path_factory.mktemp("whose")
    with rig(f"sqlite:///{folder}/store.db") as bot:
        yield bot


@pytest.fixture
def bot(running: Rig) -> Iterator[Rig]:
    yield running
    running.slack.world.teams["T0ACME"].enterprise = ""


def test_commands_buttons_and_modals_work_where_the_app_is_installed_for_the_organization(bot: Rig) -> None:
    bot.slack.world.teams["T0ACME"].enterprise = "E0LAB"
    shown = bot.ask("U0OSCAR", "status #1")
    clicked = bot.slack.click("U0OSCAR", shown, "Ping")
    assert "started: job" in plain(answer(clicked))
    assert clicked.payload["team"] is None
    config = bot.ask("U0OSCAR", "config #1")
    bot.slack.click("U0OSCAR", config, "Show all")
    view = wait_until(lambda: bot.slack.open_view("U0OSCAR"), "the modal")
    wait_until(lambda: "Page 1" in str(bot.slack.open_view("U0OSCAR")), "the first page")
    bot.slack.click("U0OSCAR", bot.slack.open_view("U0OSCAR") or view, "Next")
    wait_until(lambda: "Page 2" in str(bot.slack.open_view("U0OSCAR")), "the second page")
    assert {row.team_id for row in bot.store.audit.list()} == {"T0ACME"}


def test_a_guest_of_a_shared_channel_may_nothing_though_the_id_is_mapped(bot: Rig) -> None:
    shown = bot.ask("U0OSCAR", "status #1")
    members = bot.slack.world.teams["T0ACME"].members
    mine = members["U0OSCAR"]
    members["U0OSCAR"] = Member(mine.id, mine.name, mine.real_name, home="T0GLOBEX")
    try:
        refused = bot.click("U0OSCAR", shown, "Ping")
    finally:
        members["U0OSCAR"] = mine
    assert "You belong to another Slack workspace" in plain(refused)
    row = bot.audit(text="ping #1", status="denied")
    assert (row.code, row.team_id, row.user) == ("guest", "T0ACME", None)


TEAM, USER, OTHER = {"id": "T1"}, {"id": "U1", "team_id": "T1"}, {"id": "U1", "team_id": "T2"}


@pytest.mark.parametrize(
    ("payload", "team", "guest"),
    [
        ({"team": TEAM, "user": USER}, "T1", False),
        ({"team": TEAM, "user": {"id": "U1"}}, "T1", False),
        ({"team": TEAM, "user": OTHER}, "T1", True),
        ({"team": TEAM, "user": OTHER, "enterprise": {"id": "E1"}}, "T1", False),
        ({"team": None, "user": USER, "is_enterprise_install": True}, "T1", False),
        ({"team": None, "user": USER, "is_enterprise_install": "true"}, "T1", False),
        ({"user": USER, "is_enterprise_install": True}, "T1", False),
        ({"team": None, "user": USER, "is_enterprise_install": False}, "", True),
        ({"team": None, "user": USER}, "", True),
        ({"team": {}, "user": USER, "is_enterprise_install": True}, "", False),
        ({"team": "T1", "user": "U1", "is_enterprise_install": True}, "", False),
        ({"team": None, "user": {"team_id": 7}, "is_enterprise_install": True}, "", False),
    ],
)
def test_the_users_own_workspace_counts_with_an_org_wide_install_only(
    payload: dict[str, Any], team: str, guest: bool
) -> None:
    assert (team_of(payload), of_guest(payload)) == (team, guest)
    assert of_other_workspace(payload) or not guest


def test_an_organization_says_nothing_about_whose_workspace_it_is() -> None:
    other = {"team": TEAM, "user": OTHER, "enterprise": {"id": "E1"}}
    assert (of_guest(other), of_other_workspace(other)) == (False, True)
    assert not of_other_workspace({"team": TEAM, "user": USER, "enterprise": {"id": "E1"}})
