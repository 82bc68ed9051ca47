"""Where conversations of Teams are is known to every replica and after a restart, and belongs to one tenant."""

from __future__ import annotations

import json

from bot.teams.activities import read
from bot.teams.conversations import READ_S, KnownConversations
from lab.teams.activities import ACME, ACME_APP, GLOBEX, NOC, ONCALL, OSCAR, VERA, Activities
from store.database import Store

EMEA, AMER = "https://smba.trafficmanager.net/emea/", "https://smba.trafficmanager.net/amer/"


def hear(known: KnownConversations, activity: dict[str, object]) -> None:
    known.heard(read(json.dumps(activity).encode()))


def test_what_was_heard_is_known_elsewhere_and_to_its_tenant_alone(store: Store, second_store: Store) -> None:
    for tenant in (ACME, GLOBEX):
        store.workspaces.add(
            customer=1, team_id=tenant, team_name=tenant, bot_user_id="28:x", bot_token="-", signing_secret="-"
        )
    known, elsewhere = (KnownConversations(each.teams_conversations) for each in (store, second_store))
    assert (known.service_url(ACME, NOC), known.personal(ACME, VERA.id)) == ("", "")
    made = Activities(EMEA)
    hear(known, made.message(VERA, "help", NOC))
    hear(known, made.message(VERA, "help"))
    hear(known, Activities(AMER).message(OSCAR, "help", ONCALL))
    for each in (known, elsewhere):
        assert each.service_url(ACME, NOC) == EMEA
        assert each.service_url(ACME, ONCALL) == each.service_url(ACME, "19:new@thread.tacv2") == AMER
        assert (each.personal(ACME, VERA.id), each.personal(ACME, OSCAR.id)) == (VERA.personal, "")
        assert (each.service_url(GLOBEX, NOC), each.personal(GLOBEX, VERA.id)) == ("", "")
    elsewhere.keep_personal(ACME, OSCAR.id, OSCAR.personal)
    assert known.personal(ACME, OSCAR.id) == OSCAR.personal

    hear(known, Activities(AMER).message(VERA, "help", NOC))
    assert known.service_url(ACME, NOC) == AMER
    hear(known, made.installed(VERA, "remove"))
    assert known.personal(ACME, VERA.id) == ""
    hear(known, made.installed(VERA, "add"))
    assert known.personal(ACME, VERA.id) == VERA.personal
    (acme,) = [row for row in store.workspaces.list() if row.team_id == ACME]
    store.workspaces.remove(acme.id)
    assert KnownConversations(second_store.teams_conversations).service_url(ACME, NOC) == ""


def test_a_conversation_that_moved_is_found_by_the_replica_that_did_not_hear_of_it(
    store: Store, second_store: Store
) -> None:
    store.workspaces.add(chat="teams", customer=1, team_id=ACME, team_name="Acme", app_id=ACME_APP, app_password="-")
    now = [0.0]
    hears, posts = (KnownConversations(each.teams_conversations, lambda: now[0]) for each in (store, second_store))
    for person in (VERA, OSCAR):
        hear(hears, Activities(EMEA).message(person, "help"))
    hear(hears, Activities(EMEA).message(VERA, "help", NOC))
    assert (posts.service_url(ACME, NOC), posts.personal(ACME, OSCAR.id)) == (EMEA, OSCAR.personal)
    hear(hears, Activities(AMER).message(VERA, "help", NOC))
    hear(hears, Activities(EMEA).installed(OSCAR, "remove"))
    now[0] += READ_S
    assert (posts.service_url(ACME, NOC), posts.personal(ACME, OSCAR.id)) == (AMER, "")


def test_a_workspace_that_is_unknown_is_noted_nowhere(store: Store) -> None:
    known = KnownConversations(store.teams_conversations)
    hear(known, Activities(EMEA).message(VERA, "help", NOC))
    assert KnownConversations(store.teams_conversations).service_url(ACME, NOC) == ""


def test_a_team_that_the_app_was_removed_from_takes_its_channels_along_until_it_is_back(store: Store) -> None:
    row = store.workspaces.add(
        chat="teams", customer=1, team_id=ACME, team_name="Acme", app_id=ACME_APP, app_password="-"
    )
    other = "19:other000000000000000000000000000@thread.tacv2"
    for channel in (NOC, other, ONCALL):
        store.channels.add(workspace=row.id, channel_id=channel, channel_name=channel[3:6])
    conversations, made = store.teams_conversations, Activities(EMEA)
    known = KnownConversations(conversations)
    assert conversations.heard_at(ACME) is None
    for channel in (NOC, other, ONCALL):
        hear(known, made.message(VERA, "help", channel))
    assert conversations.heard_at(ACME) is not None
    assert conversations.channels_gone(ACME) == []

    hear(known, made.channel_changed("channelDeleted", other))
    assert [name for name, _ in conversations.channels_gone(ACME)] == ["oth"]
    hear(known, made.members("membersRemoved", f"28:{ACME_APP}", place=NOC))
    assert [name for name, _ in conversations.channels_gone(ACME)] == ["noc", "oth"]
    assert conversations.channels_gone(GLOBEX) == []
    assert known.service_url(ACME, NOC) == EMEA

    hear(known, made.members("membersAdded", f"28:{ACME_APP}", place=NOC))
    assert conversations.channels_gone(ACME) == []
