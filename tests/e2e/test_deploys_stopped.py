"""A deploy that loses its workspace, or whoever approved it, starts nothing more, ends, and frees its devices."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.app.deploys_part import ADVANCING
from bot.app.slack_part import SlackClient
from bot.approvals.requests import Requests
from store.requests import State
from tests.e2e.rig import Rig, wait_until
from tests.e2e.test_deploys import Asked, ask, deploying, free

CHANGES: dict[str, dict[str, object]] = {"switched off": {"enabled": False}, "another customer's": {"customer": 2}}


def change(bot: Rig, **changes: object) -> None:
    """Changes the workspace, as an administrator does over HTTP."""
    bot.store.workspaces.update(1, **changes)
    bot.bot.part(SlackClient).workspace_changed()


def decide(bot: Rig, deploy: Asked, to: State) -> None:
    requests = Requests(bot.store.requests)
    kept = requests.read(deploy.row.request or 0)
    assert kept is not None
    assert requests.decide(kept, to, by=2, name="alice-admin", chat_user="U0ALICE", workspace=1, reason="x")


def until(bot: Rig, deploy: Asked, reached: Callable[[], object]) -> None:
    """Has the bot look at the deploy again and again, which it does seldom while the workspace is off."""

    def looked() -> object:
        bot.store.deploys.hurry(deploy.number)
        bot.bot.common.hurry(ADVANCING)
        return reached()

    wait_until(looked, f"deploy #{deploy.number} ({deploy.row.state})")


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize(
    ("to", "outcome"), [("approved", "The workspace was switched off"), ("denied", "It was denied by")]
)
def test_it_is_void_once_it_is_decided(store_url: str, changes: dict[str, object], to: State, outcome: str) -> None:
    with deploying(store_url) as bot:
        deploy = ask(bot, free(bot, 1))
        deploy.waits()
        change(bot, **changes)
        decide(bot, deploy, to)
        until(bot, deploy, lambda: deploy.row.ended_at)
        assert (deploy.row.state, deploy.row.outcome.startswith(outcome)) == ("void", True)
        assert bot.store.deploys.holding(deploy.devices) == []
        assert [word for word, _ in deploy.posts] == ["preview"]


def test_the_others_are_left_alone_and_the_end_is_said_when_it_is_on_again(store_url: str) -> None:
    with deploying(store_url) as bot:
        deploy = ask(bot, free(bot, 2))
        deploy.waits()
        bot.webnet.hold = "running"
        deploy.approve()
        wait_until(lambda: "committing_first" in deploy.row.jobs, "the first commit")
        change(bot, enabled=False)
        bot.webnet.hold = None
        until(bot, deploy, lambda: deploy.row.ended_at)
        assert [word for word, _ in deploy.posts] == ["preview", "commit"]
        assert bot.store.deploys.holding(deploy.devices) == []
        change(bot, enabled=True)
        until(bot, deploy, lambda: deploy.row.notified_at)
        said = deploy.ends("failed")
        for words in ("The workspace was switched off", "Have the lines: ", "Do not have the lines: "):
            assert words in said


@pytest.mark.parametrize(
    ("changes", "why"), [({"role": "viewer"}, "the role in WebNet is too low"), ({"is_active": False}, "is inactive")]
)
def test_the_others_are_left_alone_once_whoever_approved_may_not_do_so_any_more(
    store_url: str, changes: dict[str, object], why: str
) -> None:
    with deploying(store_url) as bot:
        deploy = ask(bot, free(bot, 2))
        deploy.waits()
        bot.webnet.hold = "running"
        deploy.approve("U0BOB")
        wait_until(lambda: "committing_first" in deploy.row.jobs, "the first commit")
        bot.webnet.change("users", 7, **changes)
        bot.webnet.hold = None
        said = deploy.ends("failed")
        assert "left alone: bob-both, who approved it, may not do so any more: " in said
        assert why in said
        assert [word for word, _ in deploy.posts] == ["preview", "commit", "backup"]
