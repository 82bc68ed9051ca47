"""Workspaces, channels and mappings are kept apart, and removed with what belongs to them."""

from __future__ import annotations

import pytest

from store.audit import AuditRow
from store.database import Store
from store.errors import Duplicate, NoSuchRow
from store.workspaces import Belongings, Workspace


def add(store: Store, team_id: str = "T0ACME", *, enabled: bool = True) -> Workspace:
    return store.workspaces.add(
        customer=1,
        team_id=team_id,
        team_name="Acme",
        bot_user_id="U0BOT",
        bot_token="xoxb-1",
        signing_secret="secret",
        enabled=enabled,
    )


def test_a_workspace_is_found_by_id_and_by_team(store: Store) -> None:
    workspace = add(store)
    assert store.workspaces.get(workspace.id) == store.workspaces.by_team("T0ACME") == workspace
    assert (workspace.app_token, workspace.created_at.utcoffset()) == (None, workspace.updated_at.utcoffset())
    assert store.workspaces.get(99) is None
    assert store.workspaces.by_team("T0NONE") is None


def test_lists_are_in_order_and_may_leave_out_the_disabled(store: Store) -> None:
    first, second = add(store, "T1"), add(store, "T2", enabled=False)
    assert store.workspaces.list() == [first, second]
    assert store.workspaces.list(enabled=True) == [first]


def test_a_team_channel_or_mapping_is_there_only_once(store: Store) -> None:
    workspace = add(store)
    other = add(store, "T0OTHER")
    with pytest.raises(Duplicate) as refused:
        add(store)
    assert refused.value.field == "team_id"
    with pytest.raises(Duplicate):
        store.workspaces.update(other.id, team_id="T0ACME")
    store.channels.add(workspace=workspace.id, channel_id="C1")
    store.channels.add(workspace=other.id, channel_id="C1")
    with pytest.raises(Duplicate) as refused:
        store.channels.add(workspace=workspace.id, channel_id="C1")
    assert refused.value.field == "channel_id"
    store.users.add(workspace=workspace.id, slack_user_id="U1", user=2, username="alice")
    with pytest.raises(Duplicate) as refused:
        store.users.add(workspace=workspace.id, slack_user_id="U1", user=3, username="oscar")
    assert refused.value.field == "slack_user_id"


def test_channels_and_mappings_need_a_workspace(store: Store) -> None:
    with pytest.raises(NoSuchRow, match="no workspace 99"):
        store.channels.add(workspace=99, channel_id="C1")
    with pytest.raises(NoSuchRow, match="no workspace 99"):
        store.users.add(workspace=99, slack_user_id="U1", user=2, username="alice")


def test_a_channel_keeps_the_flags_that_a_change_does_not_name(store: Store) -> None:
    workspace = add(store).id
    other = store.channels.add(workspace=workspace, channel_id="C2", flags={"b"})
    channel = store.channels.add(workspace=workspace, channel_id="C1", flags={"a", "b"})
    assert channel.flags == {"a", "b"}
    changed = store.channels.update(channel.id, flags={"a": False, "c": True})
    assert changed is not None
    assert (changed.flags, changed.updated_at > channel.updated_at) == ({"b", "c"}, True)
    assert store.channels.update(channel.id, flags={"a": False, "c": True}, channel_id="C1") == changed
    assert store.channels.update(99, flags={"a": True}) is None
    assert store.channels.list() == [other, changed]
    assert store.channels.page(customers=None, offset=1, limit=1) == (2, [changed])
    store.channels.remove(channel.id)
    assert store.channels.find(workspace, "C2") == other


def test_a_flag_is_not_switched_where_the_rest_of_the_change_is_refused(store: Store) -> None:
    workspace = add(store).id
    store.channels.add(workspace=workspace, channel_id="C1")
    channel = store.channels.add(workspace=workspace, channel_id="C2")
    with pytest.raises(Duplicate):
        store.channels.update(channel.id, flags={"a": True}, channel_id="C1")
    assert store.channels.get(channel.id) == channel


def test_an_update_changes_what_it_names_and_writes_nothing_if_nothing_differs(store: Store) -> None:
    workspace = add(store)
    changed = store.workspaces.update(workspace.id, team_name="Acme Inc", signing_secret="other")
    assert changed is not None
    assert (changed.team_name, changed.signing_secret, changed.bot_token) == ("Acme Inc", "other", "xoxb-1")
    assert changed.updated_at > workspace.updated_at
    assert store.workspaces.update(workspace.id, team_name="Acme Inc", signing_secret="other") == changed
    assert store.workspaces.update(99, team_name="x") is None


def test_the_version_shows_every_change_also_a_removal_and_a_new_start(store: Store, second_store: Store) -> None:
    versions = [second_store.workspaces.version()]

    def differs() -> bool:
        versions.append(second_store.workspaces.version())
        return versions[-1] not in versions[:-1]

    workspace = add(store)
    assert differs()
    store.workspaces.update(workspace.id, enabled=False)
    assert differs()
    store.workspaces.update(workspace.id, enabled=True)
    assert differs()
    store.workspaces.update(workspace.id, team_id="T0NEW", bot_token="xoxb-2")
    assert differs()
    assert second_store.workspaces.version() == versions[-1]
    store.workspaces.remove(workspace.id)
    assert second_store.workspaces.version() == versions[0]
    assert add(store).id != workspace.id
    assert differs()


def test_removing_a_workspace_removes_its_channels_and_mappings_and_leaves_the_audit_log(store: Store) -> None:
    workspace, other = add(store), add(store, "T0OTHER")
    for place in (workspace, other):
        store.channels.add(workspace=place.id, channel_id="C1")
        store.users.add(workspace=place.id, slack_user_id="U1", user=2, username="alice")
        store.audit.write(AuditRow(status="success", workspace=place.id, team_name=place.team_name))
    assert store.workspaces.counts(workspace.id) == Belongings(channels=1, mappings=1, audit_rows=1)
    assert store.workspaces.remove(workspace.id)
    assert not store.workspaces.remove(workspace.id)
    assert store.workspaces.counts(workspace.id) == Belongings(audit_rows=1)
    assert [channel.workspace for channel in store.channels.list()] == [other.id]
    assert [mapping.workspace for mapping in store.users.list(workspace=other.id)] == [other.id]


def test_a_mapping_is_found_changed_and_removed(store: Store) -> None:
    workspace = add(store)
    mapping = store.users.add(workspace=workspace.id, slack_user_id="U1", user=2, username="alice")
    store.audit.write(AuditRow(status="success", workspace=workspace.id, slack_user_id="U1"))
    assert store.users.find(workspace.id, "U1") == mapping
    assert store.users.find(workspace.id, "U2") is None
    changed = store.users.update(mapping.id, user=3, username="oscar")
    assert changed is not None
    assert (changed.user, changed.username, changed.created_at) == (3, "oscar", mapping.created_at)
    assert store.users.counts(changed) == Belongings(audit_rows=1)
    assert store.users.remove(mapping.id)
    assert store.users.find(workspace.id, "U1") is None


def test_a_page_holds_what_belongs_to_the_given_customers_alone(store: Store) -> None:
    made = [
        store.workspaces.add(
            customer=1 + number % 2,
            team_id=f"T0{number}",
            team_name="",
            bot_user_id="U0BOT",
            bot_token="xoxb-1",
            signing_secret="s",
        )
        for number in range(6)
    ]
    for row in made:
        store.channels.add(workspace=row.id, channel_id="C0A")
        store.users.add(workspace=row.id, slack_user_id="U0A", user=1, username="")
    own = [row.id for row in made if row.customer == 1]
    for records, ids in ((store.workspaces, "id"), (store.channels, "workspace"), (store.users, "workspace")):
        count, rows = records.page(customers=(1,), offset=1, limit=5)
        assert (count, [getattr(row, ids) for row in rows]) == (3, own[1:])
        assert records.page(customers=None, offset=0, limit=2)[0] == 6
        assert records.page(customers=(), offset=0, limit=2) == (0, [])
        assert records.page(customers=(1,), workspace=made[1].id, offset=0, limit=5) == (0, [])  # a foreign one
        assert records.page(customers=None, workspace=made[1].id, offset=0, limit=5)[0] == 1
    assert store.workspaces.customer(made[1].id) == 2
    assert store.workspaces.customer(made[-1].id + 1) is None
