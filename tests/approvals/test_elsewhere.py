"""In which workspace the channel for approvals is, and what is said where there is none."""

from __future__ import annotations

import pytest

from bot.approvals.elsewhere import ApprovalChannel, Elsewhere
from bot.core.commands import Workspace
from bot.core.errors import Conflict
from store.database import Store
from store.workspaces import Workspace as Row

TENANTS = [f"a11ce000-0000-4000-8000-0000000000{n:02}" for n in range(9)]
SLACK, TEAMS = "C0APPROVE", "19:approve@thread.tacv2"


def slack(store: Store, team: str, customer: int, **more: bool) -> Row:
    return store.workspaces.add(
        customer=customer, team_id=team, team_name=team, bot_user_id="U0BOT", bot_token="-", signing_secret="-", **more
    )


def teams(store: Store, tenant: str, customer: int) -> Row:
    return store.workspaces.add(
        chat="teams", customer=customer, team_id=tenant, team_name=tenant, app_id=TENANTS[0], app_password="-"
    )


def here(row: Row) -> Workspace:
    return Workspace(row.id, row.team_id, row.team_name, row.customer, row.enabled)


def test_it_is_in_ones_own_workspace_or_in_another_of_the_same_customer(store: Store) -> None:
    asked, foreign, off = (slack(store, f"T{n}", customer, enabled=n < 3) for n, customer in ((1, 1), (2, 2), (3, 1)))
    tenant, alone = teams(store, TENANTS[1], 1), teams(store, TENANTS[3], 3)
    in_slack, in_teams, none = (
        ApprovalChannel(channel, store.workspaces, store.channels) for channel in (SLACK, TEAMS, "")
    )
    assert in_slack.required(here(asked), "It") == Elsewhere(asked.id, SLACK)
    assert in_slack.beside(here(asked)) is None
    elsewhere = Elsewhere(asked.id, SLACK, "Slack")
    assert in_slack.required(here(tenant), "It") == in_slack.beside(here(tenant)) == elsewhere
    assert in_teams.beside(here(asked)) == Elsewhere(tenant.id, TEAMS, "Microsoft Teams")
    assert in_teams.beside(here(foreign)) is in_slack.beside(here(alone)) is none.beside(here(asked)) is None
    assert [str(each) for each in (elsewhere, in_slack.required(here(off), "It"))] == [
        "the channel for approvals in Slack", "the channel for approvals",
    ]  # fmt: skip
    second = slack(store, "T4", 1)
    store.channels.add(workspace=second.id, channel_id=SLACK, channel_name="approvals")
    assert in_slack.beside(here(tenant)) == Elsewhere(second.id, SLACK, "Slack")


def test_where_nobody_else_would_see_it_that_is_refused_with_what_to_do(store: Store) -> None:
    alone = here(teams(store, TENANTS[1], 1))
    for channel, why in (
        ("", ""),
        (SLACK, ", and the channel for approvals is in Slack, which your organization does not use here"),
    ):
        with pytest.raises(Conflict) as refused:
            ApprovalChannel(channel, store.workspaces, store.channels).required(alone, "It needs a second person")
        assert (
            refused.value.words
            == f"It needs a second person, who cannot read this conversation{why}. Ask in a channel."
        )
