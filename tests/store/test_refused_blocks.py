"""Which block a workspace refused, and when, is known to every replica and after a restart, until the workspace is removed."""

from __future__ import annotations

from datetime import timedelta

from store.database import Store
from tests.e2e.rig import add_people


def test_the_last_refusal_of_each_block_is_kept_with_its_workspace(store: Store, second_store: Store) -> None:
    add_people(store)
    start = store.database.now() - timedelta(minutes=1)
    for block in ("plan", "data_table", "plan"):
        store.refused_blocks.note("T0ACME", block)
    store.refused_blocks.note("T0GLOBEX", "plan")
    store.refused_blocks.note("T0NOBODY", "plan")
    found = second_store.refused_blocks.since(start)
    assert [(row.team_id, row.block) for row in found] == [
        ("T0ACME", "data_table"),
        ("T0ACME", "plan"),
        ("T0GLOBEX", "plan"),
    ]
    assert second_store.refused_blocks.since(found[1].refused_at) == found[1:]
    (globex,) = [row for row in store.workspaces.list() if row.team_id == "T0GLOBEX"]
    store.workspaces.remove(globex.id)
    assert [row.team_id for row in store.refused_blocks.since(start)] == ["T0ACME", "T0ACME"]
