"""The app is removed from a team, a channel, a group chat or by one person: what is owed there is parked or said elsewhere, and `check`
says so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

import handlers.notices
from bot.core.notice_kinds import DRIFT
from bot.doctor import teams
from bot.doctor.finding import Finding, Surroundings
from lab.teams.activities import ACME, ACME_APP, ONCALL, OSCAR, VERA, Member
from tests.e2e.rig import wait_until
from tests.e2e.test_approvals import deny
from tests.store.test_outbox import enqueue
from tests.teams.rig import Both

NUMBERS = count(1)
APP = f"28:{ACME_APP}"
OPENING = "POST", ""  # a call that asks for a personal conversation, which is refused


def added(at: Both, end: str = "@thread.tacv2") -> tuple[str, int]:
    """Returns a place where the app is and that gets notices, and the id of its row."""
    number = next(NUMBERS)
    place = f"19:removed{number:024}{end}"
    at.teams.conversations[place] = ACME
    at.say(VERA, "help jobs", place)
    at.teams.wait_message(place, "@WebNet Bot jobs")
    (tenant,) = at.store.workspaces.list(chat="teams")
    row = at.store.channels.add(workspace=tenant.id, channel_id=place, channel_name=f"removed-{number}", flags=())
    return place, row.id


def name_of(place: str) -> str:
    return f"removed-{int(place[len('19:removed') :].partition('@')[0])}"


def notify(at: Both, *channels: int) -> None:
    sample = handlers.notices.discover()["drift"].sample(datetime.now(UTC))
    enqueue(at.store, f"removed-{next(NUMBERS)}", *channels, kind="drift", flag=DRIFT.flag, data=sample.data)


def parked(at: Both) -> dict[str, str]:
    return {each.channel_id: each.error for each in at.store.outbox.list("parked")}


def checked(at: Both) -> dict[str, Finding]:
    (tenant,) = at.store.workspaces.list(chat="teams")
    around: Any = Surroundings(at.rig.settings, at.store, None, None)  # type: ignore[arg-type]  # neither is asked
    return {each.what: each for each in teams.removed(around, tenant)}


@pytest.mark.parametrize("event", ["membersRemoved", "teamDeleted", "channelDeleted", "group chat"])
def test_what_is_owed_there_is_parked_and_check_names_the_place(at: Both, event: str) -> None:
    (place, row), (other, beside) = (
        added(at, end) for end in ("@thread.v2" if event == "group chat" else "@thread.tacv2", "@thread.tacv2")
    )
    of_team = event in {"membersRemoved", "teamDeleted"}
    gone, there = ({place, other}, set[str]()) if of_team else ({place}, {other})
    for each in gone:
        del at.teams.conversations[each]
    said = {
        "membersRemoved": lambda: at.made.members("membersRemoved", APP, place=place),
        "group chat": lambda: at.made.installed(VERA, "remove", place),
    }.get(event, lambda: at.made.channel_changed(event, place))
    assert at.post(said()).status_code == 200
    notify(at, row, beside)
    wait_until(lambda: gone <= set(parked(at)), "the notices that Teams refuses")
    assert {parked(at)[each] for each in gone} == {"ConversationNotFound"}
    for each in there:
        at.teams.wait_message(each, "rift")
    found = checked(at)
    for each in gone:
        finding = found[f"channel {name_of(each)} of {ACME}"]
        assert (finding.outcome, "notify retry" in finding.remedy) == ("warn", True)
    assert not {f"channel {name_of(each)} of {ACME}" for each in there} & set(found)

    if event == "membersRemoved":  # and is there again
        at.teams.conversations |= dict.fromkeys(gone, ACME)
        at.post(at.made.members("membersAdded", APP, place=place))
        assert not {f"channel {name_of(each)} of {ACME}" for each in gone} & set(checked(at))


@contextmanager
def without_app(at: Both, member: Member) -> Iterator[None]:
    at.teams.alone.add(member.id)
    assert at.post(at.made.installed(member, "remove")).status_code == 200
    try:
        yield
    finally:
        at.teams.alone.discard(member.id)
        at.post(at.made.installed(member, "add"))


def test_who_removed_the_app_reads_so_where_they_ask_and_check_names_them(at: Both) -> None:
    at.say(VERA, "help", "")
    at.teams.wait_message(VERA.personal, "@WebNet Bot status")
    assert f"personal chats of {ACME}" not in checked(at)
    with without_app(at, VERA):
        before = len(at.teams.messages(ONCALL))
        at.say(VERA, "jobs", ONCALL)
        assert at.row("jobs").status == "success"
        (said,) = wait_until(lambda: at.teams.messages(ONCALL)[before:], "the sentence")
        assert said.text.startswith("There is an answer that only you may read")
        finding = checked(at)[f"personal chats of {ACME}"]
        assert (finding.outcome, "from that of Vera Viewer: what only they" in finding.words) == ("warn", True)
        assert "add the app for themselves" in finding.remedy
    assert f"personal chats of {ACME}" not in checked(at)


def test_a_request_of_somebody_who_removed_the_app_meanwhile_ends_all_the_same(at: Both) -> None:
    at.say(OSCAR, "backup #1 #2 #3", "")
    at.row("backup #1 #2 #3")
    card = at.rig.slack.wait_message("C0ALERTS", "Asked as `backup #1 #2 #3`", timeout=60)
    number = at.store.requests.list(waiting=True)[0].id
    with without_app(at, OSCAR):
        tried = at.teams.calls.count(OPENING)
        deny(at.rig, "U0ALICE", card, "not now")

        def ended() -> bool:
            row = at.store.requests.get(number)
            return row is not None and row.state == "denied" and at.teams.calls.count(OPENING) > tried

        wait_until(ended, "the end of the request")
        time.sleep(0.1)  # the call was counted before it was answered
    assert not any("not now" in each.text for each in at.teams.messages(OSCAR.personal))
