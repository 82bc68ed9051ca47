"""Commands over Teams: the whole bot with both chats between the emulated Teams, the emulated Slack and the simulated WebNet, over real
sockets. Nothing of handlers or core knows of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

import handlers.notices
from bot.core.notice_kinds import DRIFT
from lab.slack import plain
from lab.teams.activities import ACME, ACME_APP, GLOBEX, NOC, ONCALL, OSCAR, VERA, Member
from lab.teams.connector import Posted
from tests.e2e.rig import wait_until
from tests.store.test_outbox import enqueue
from tests.teams.rig import Both

MALLORY = Member("a11ce000-0000-4000-8000-00000000dead", "Mallory")
FOLLOWS = {
    "statusCode": 200,
    "type": "application/vnd.microsoft.activity.message",
    "value": "The answer follows as a message.",
}


def test_a_mention_is_answered_in_its_thread(at: Both) -> None:
    activity = at.say(VERA, "status rtr-fra1-001")
    thread = activity["conversation"]["id"]

    def answered() -> bool:
        shown = [each.text for each in at.teams.messages(NOC) if each.conversation == thread]
        return any("rtr-fra1-001" in text and "Asked by" in text for text in shown)

    wait_until(answered, "the answer in the thread")
    row = at.row("status rtr-fra1-001")
    assert (row.slack_user_id, row.status, row.team_id) == (VERA.id, "success", ACME)


def test_the_slash_command_may_be_written_before_it_and_a_personal_message_needs_no_mention(at: Both) -> None:
    at.say(VERA, "/webnet status rtr-fra1-002", "")
    assert at.teams.wait_message(VERA.personal, "rtr-fra1-002")


def test_who_is_not_mapped_reads_so_in_person_and_nobody_else_does(at: Both) -> None:
    at.teams.members[MALLORY.id] = MALLORY
    before = len(at.teams.messages(ONCALL))
    at.say(MALLORY, "status rtr-fra1-003", ONCALL)
    assert at.teams.wait_message(MALLORY.personal, "not mapped")
    assert len(at.teams.messages(ONCALL)) == before
    assert at.row("status rtr-fra1-003").status == "denied"


@pytest.mark.parametrize("way", ["command", "button"])
def test_who_belongs_to_another_tenant_may_nothing_in_a_shared_channel_though_mapped(at: Both, way: str) -> None:
    line = f"backup #1 #2 of-{way}"
    typed, pressed = at.made.message(OSCAR, line, ONCALL), at.made.clicked(OSCAR, {"command": line}, ONCALL)
    activity = typed if way == "command" else pressed
    activity["from"]["tenantId"] = GLOBEX
    assert at.post(activity).status_code == 200
    row = at.row(line, way)
    assert (row.status, row.code, row.user) == ("denied", "guest", None)


def test_an_answer_for_its_caller_alone_is_a_personal_message(at: Both) -> None:
    before = len(at.teams.messages(ONCALL))
    at.say(OSCAR, "jobs", ONCALL)
    assert at.teams.wait_message(OSCAR.personal, "ob")
    assert at.row("jobs").status == "success"
    assert not any("Asked by" in shown.text for shown in at.teams.messages(ONCALL)[before:])


def test_what_to_write_is_said_as_a_command_begins_in_this_chat(at: Both) -> None:
    at.say(VERA, "help status", ONCALL)
    assert at.teams.wait_message(ONCALL, "@WebNet Bot status")
    assert "/webnet" not in at.teams.wait_message(ONCALL, "@WebNet Bot status").text
    assert "/webnet status" in plain(at.rig.ask("U0VERA", "help status"))
    at.say(VERA, "@WebNet Bot status rtr-fra1-008", "")
    assert at.teams.wait_message(VERA.personal, "rtr-fra1-008")


def test_a_card_is_changed_in_place_and_its_end_follows_in_the_thread(at: Both) -> None:
    thread = at.say(OSCAR, "ping rtr-fra1-001")["conversation"]["id"]

    def shown() -> list[Posted]:
        return [each for each in at.teams.messages(NOC) if each.conversation == thread]

    wait_until(lambda: len(shown()) == 2, "the end of the card")
    card, end = shown()
    wait_until(lambda: "Ping of rtr-fra1-001: reachable" in card.text, "the last change of the card")
    assert card.versions > 1
    (mention,) = end.activity["attachments"][0]["content"]["msteams"]["entities"]
    assert mention["mentioned"]["id"] == OSCAR.id


def test_a_conversation_that_teams_throttles_keeps_no_card_elsewhere_waiting(at: Both) -> None:
    throttled = "19:throttled00000000000000000000000@thread.tacv2"
    at.teams.conversations[throttled] = ACME
    trouble = at.teams.fault("PUT", throttled, status=429, after_s=300, times=None)
    at.say(OSCAR, "ping rtr-fra1-013", throttled)
    wait_until(lambda: trouble.used, "the card that waits")
    at.say(OSCAR, "ping rtr-fra1-025", ONCALL)
    assert at.teams.wait_message(ONCALL, "Ping of rtr-fra1-025: reachable")
    assert trouble.used == 1


def test_a_button_runs_its_command_as_whoever_pressed_it_and_is_answered_at_once(at: Both) -> None:
    answer = at.post(at.made.clicked(VERA, {"command": "backup rtr-fra1-004"}, NOC, below="1"))
    assert answer.json() == FOLLOWS
    row = at.row("backup rtr-fra1-004")
    assert (row.status, row.way) == ("denied", "button")


def test_an_activity_that_comes_again_is_answered_200_and_not_run(at: Both) -> None:
    activity = at.say(VERA, "status rtr-fra1-005")
    at.row("status rtr-fra1-005")
    assert (at.post(activity).status_code, at.post(activity).content) == (200, b"")
    at.say(VERA, "status rtr-fra1-006")
    at.row("status rtr-fra1-006")
    assert [row.text for row in at.store.audit.list(limit=50)].count("status rtr-fra1-005") == 1


@pytest.mark.parametrize("kind", ["automatic refresh", "no mention", "nobody", "no command", "an edit"])
def test_what_is_no_command_runs_nothing(at: Both, kind: str) -> None:
    newest = at.newest()
    clicked = at.made.clicked(VERA, {"command": "status rtr-fra1-007"}, NOC)
    message = at.made.message(VERA, "status rtr-fra1-007", NOC)
    if kind == "automatic refresh":
        clicked["value"]["trigger"] = "automatic"
    made = {
        "automatic refresh": clicked,
        "no mention": at.made.message(VERA, "status rtr-fra1-007", NOC, mention=False),
        "nobody": {**message, "from": {"id": "29:1x", "name": VERA.name}},
        "no command": at.made.clicked(VERA, {}, NOC),
        "an edit": {**message, "type": "messageUpdate"},
    }
    assert at.post(made[kind]).status_code == 200
    at.say(VERA, f"help ping {kind.split(maxsplit=1)[0]}")
    wait_until(lambda: at.newest() != newest, "the next command")
    assert "status rtr-fra1-007" not in [row.text for row in at.store.audit.list(limit=200)]


def test_a_secret_that_is_written_for_all_to_see_is_refused_with_how_to_remove_it_and_kept_nowhere(at: Both) -> None:
    typed = "deploy rtr-fra1-001 snmp-server community krakatoa7 ro"
    newest = at.newest()
    at.say(OSCAR, typed, ONCALL)
    shown = at.teams.wait_message(OSCAR.personal, "holds a secret")
    assert "Delete your message" in shown.text
    assert "@WebNet Bot deploy" in shown.text
    wait_until(lambda: at.newest() != newest, "the audit row")
    row = at.store.audit.list(limit=1)[0]
    assert (row.text, row.command, row.status) == ("deploy", "deploy", "usage")
    assert "krakatoa" not in repr(at.store.audit.list(limit=200))
    assert not any("krakatoa" in each.text for each in at.teams.posted.values())


def test_a_notice_to_a_place_that_the_app_was_removed_from_is_parked_and_check_says_so(at: Both) -> None:
    place = "19:gone0000000000000000000000000000@thread.tacv2"
    at.teams.conversations[place] = ACME
    at.say(VERA, "help jobs", place)
    at.teams.wait_message(place, "@WebNet Bot jobs")
    (tenant,) = at.store.workspaces.list(chat="teams")
    channel = at.store.channels.add(workspace=tenant.id, channel_id=place, channel_name="old")
    at.post(at.made.channel_changed("channelRenamed", place, "alerts"))
    renamed = at.store.channels.get(channel.id)
    assert renamed is not None
    assert renamed.channel_name == "alerts"
    sample = handlers.notices.discover()["drift"].sample(datetime.now(UTC))
    drift = {"kind": "drift", "flag": DRIFT.flag, "data": sample.data}
    enqueue(at.store, "one", channel.id, **drift)
    at.teams.wait_message(place, "rift")

    del at.teams.conversations[place]
    at.post(at.made.members("membersRemoved", f"28:{ACME_APP}", place=place))
    enqueue(at.store, "two", channel.id, **drift)
    (parked,) = wait_until(lambda: at.store.outbox.list("parked"), "the notice that Teams refuses")
    assert (parked.channel_id, parked.error) == (place, "ConversationNotFound")
    assert [name for name, _ in at.store.teams_conversations.channels_gone(ACME)] == ["alerts"]


def test_notices_come_to_the_channels_of_both_chats_once_although_teams_throttles(at: Both) -> None:
    place = "19:both0000000000000000000000000000@thread.tacv2"
    at.teams.conversations[place] = ACME
    at.say(VERA, "help jobs", place)
    at.teams.wait_message(place, "@WebNet Bot jobs")
    (tenant,), acme = at.store.workspaces.list(chat="teams"), at.store.workspaces.by_team("T0ACME")
    assert acme is not None
    channels = [
        at.store.channels.add(workspace=row.id, channel_id=channel, channel_name="alerts").id
        for row, channel in ((tenant, place), (acme, "C0BACKBONE"))
    ]
    at.rig.slack.world.add_channel(at.rig.slack.world.teams["T0ACME"], "C0BACKBONE", "backbone")
    troubles = [at.teams.fault(status=status, after_s=after_s) for status, after_s in ((429, 1), (412, 0), (429, 0))]
    event = handlers.notices.discover()["drift"].sample(datetime.now(UTC))
    enqueue(at.store, "both", *channels, kind="drift", flag=DRIFT.flag, data=event.data)
    wait_until(lambda: at.store.outbox.depth().waiting == 0, "both deliveries")
    assert all(trouble.used for trouble in troubles)
    assert len([each for each in at.teams.messages(place) if "rift" in each.text]) == 1
    assert len(at.rig.slack.messages("C0BACKBONE")) == 1


def test_what_is_asked_before_it_is_done_is_confirmed_by_its_requester_alone(at: Both) -> None:
    def buttons(node: Any) -> list[dict[str, Any]]:
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        own = [node] if isinstance(node, dict) and str(node.get("type", "")).startswith("Action.") else []
        return own + [each for child in children for each in buttons(child)]

    def asked() -> tuple[Posted, dict[str, Any]] | None:
        found = (
            (message, each["data"])
            for message in list(at.teams.posted.values())
            for each in buttons(message.activity)
            if str(each.get("data", {}).get("command", "")).startswith("confirm ")
        )
        return next(found, None)

    at.say(OSCAR, "ping site:fra1", ONCALL)
    message, data = wait_until(asked, "the question")
    at.post(at.made.clicked(VERA, data, ONCALL, below=message.id))
    assert at.teams.wait_message(VERA.personal, "Only oscar-operator, who asked for this")
    jobs = len(at.rig.webnet.rows("jobs"))
    at.post(at.made.clicked(OSCAR, data, "" if message.conversation == OSCAR.personal else ONCALL, below=message.id))
    wait_until(lambda: len(at.rig.webnet.rows("jobs")) > jobs, "the job")
    wait_until(lambda: not asked(), "the question, which shows what became of it")
