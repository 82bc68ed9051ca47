"""Requests as they stand in the store: what cannot be brought on, or read, stops nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.approvals.access import stands
from bot.approvals.messages import Messages, RequestViews
from bot.approvals.requests import Requests
from bot.approvals.runner import Runner
from bot.core.approval_need import ApprovalRule, names_of, rule_for
from bot.core.commands import Role, Workspace
from bot.core.message import Buttons, RequestCard
from bot.kept_workspaces import KeptWorkspaces
from handlers import _request_card
from store.database import Store
from store.models import RequestRow
from tests.handlers.requests import kept
from tests.requests import PAYLOAD, keep

UNUSED = cast("Any", None)


@pytest.fixture
def requests(store: Store) -> Requests:
    store.workspaces.add(
        customer=1,
        team_id="T0ACME",
        team_name="Acme",
        bot_user_id="U0BOT",
        bot_token="xoxb-of-acme",
        signing_secret="secret-of-acme",
    )
    return Requests(store.requests)


def runner(store: Store, requests: Requests, workspace: Callable[[int], Workspace | None]) -> Runner:
    """Returns one that comes no further than to the workspace of a request."""
    needed = (store.leases, store.audit, workspace, "this-one")
    return Runner(requests, UNUSED, UNUSED, UNUSED, UNUSED, UNUSED, UNUSED, *needed)


def test_a_request_that_cannot_be_brought_on_holds_up_no_other(store: Store, requests: Requests) -> None:
    first, second = keep(store), keep(store)
    for each in (first, second):
        assert requests.decide(each, "approved", by=2, name="alice-admin")
    asked_for = list[int]()

    def workspace(number: int) -> Workspace | None:
        asked_for.append(number)
        if len(asked_for) == 1:
            raise RuntimeError("as a fault of the program would")
        return None

    runner(store, requests, workspace).tick()
    rows = [store.requests.get(each.number) for each in (first, second)]
    assert [row.state for row in rows if row] == ["approved", "void"]


def test_an_end_that_could_not_be_shown_because_the_workspace_is_off_is_tried_again(
    store: Store, requests: Requests
) -> None:
    each = keep(store)
    assert requests.decide(each, "denied", by=2, name="alice-admin")
    minutes_ago = store.requests.now() - timedelta(minutes=2)
    store.database.run(RequestRow.update(created_at=minutes_ago).where(RequestRow.id == each.number))
    off = Workspace(each.row.workspace, "T0ACME", "Acme", 1, enabled=False)
    runner(store, requests, lambda _: off).tick()
    assert store.requests.due() == []
    ((due_at,),) = store.database.tuples(RequestRow.select(RequestRow.due_at).where(RequestRow.id == each.number))
    assert due_at is not None


def test_a_request_of_another_version_is_left_out_of_the_list(store: Store, requests: Requests) -> None:
    readable, other = keep(store), keep(store)
    fields = json.loads(other.payload.write())
    del fields["left_out"]
    text = json.dumps(fields)
    changes = {"payload": store.requests._keyring.seal(text), "mac": requests.hashed(text)}
    store.database.run(RequestRow.update(changes).where(RequestRow.id == other.number))
    assert [each.number for each in requests.listed([1], waiting=True)] == [readable.number]


def test_a_request_whose_first_message_the_chat_refused_is_shown_by_a_later_one(
    store: Store, requests: Requests
) -> None:
    number = keep(store, purpose="confirmation").number
    workspaces = KeptWorkspaces(store.workspaces)
    workspaces.chat = "slack"
    workspaces.refresh()
    messages = Messages(store.requests, UNUSED, cast("RequestViews", None), workspaces)
    card = RequestCard(number, "requested")
    for _ in range(2):  # the first answer, and that to `confirm <request>`
        opened = messages.open(card, PAYLOAD.request, ephemeral=True, ref="")
        assert opened is not None
        opened.dropped()
        assert store.requests.messages(number) == []


@pytest.mark.parametrize(
    ("state", "changes", "words"),
    [
        ("executing", {"purpose": "confirmation"}, "was confirmed by alice-admin and is being started"),
        ("executing", {}, "was approved by alice-admin and is being started"),
        ("failed", {"outcome": "It is unclear whether."}, "was approved by alice-admin. It is unclear whether"),
        ("void", {"decided_name": "", "outcome": "It could not be shown."}, "is void: It could not be shown"),
    ],
)
def test_a_late_click_is_answered_with_what_became_of_the_request(
    state: str, changes: dict[str, Any], words: str
) -> None:
    assert stands(kept(state, **changes)) == f"Request #17 {words}. Nothing was changed now."


def test_without_a_device_the_question_before_an_approval_names_the_line() -> None:
    asked = kept()
    payload = replace(asked.payload, what="cancel", devices=(), request=replace(PAYLOAD.request, text="cancel 163"))
    card = _request_card.card(replace(asked, payload=payload))
    (approve, *_) = next(part.buttons for part in card.parts if isinstance(part, Buttons))
    assert approve.confirm == "Approve request #17 of oscar-operator: cancel 163?"


def test_several_changes_need_what_the_strictest_of_their_rules_asks_for() -> None:
    rules = {"cancel": ApprovalRule(), "backup": ApprovalRule(over=0, role=Role.admin)}
    assert rule_for(rules, ("retry", *names_of("cancel and backup")), 1) == rules["backup"]
    assert rule_for(rules, ("retry", *names_of("cancel")), 1) == rules["cancel"]
