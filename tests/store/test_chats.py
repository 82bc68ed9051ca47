"""A workspace is one of Slack or of Microsoft Teams; what only one of them has is empty for the other, and sealed where it is secret."""

from __future__ import annotations

from store.database import Store
from store.models import SlackWorkspace
from tests.store.test_workspaces import add

TENANT, APP = "7e7e7e7e-0000-4000-8000-000000000001", "0a0a0a0a-0000-4000-8000-000000000001"


def test_a_tenant_is_kept_beside_slacks_workspaces_and_its_password_is_sealed(store: Store) -> None:
    acme = add(store)
    tenant = store.workspaces.add(
        chat="teams", customer=1, team_id=TENANT, team_name="Acme", app_id=APP, app_password="krakatoa password"
    )
    assert (acme.chat, acme.app_id, acme.app_password) == ("slack", "", None)
    assert (tenant.chat, tenant.app_id, tenant.app_password, tenant.bot_token) == (
        "teams",
        APP,
        "krakatoa password",
        "",
    )
    assert store.workspaces.list(chat="teams") == [tenant] == store.workspaces.list(chat="teams", enabled=True)
    assert store.workspaces.list(chat="slack") == [acme]
    assert store.workspaces.list() == [acme, tenant]
    assert (tenant.secrets, acme.secrets) == ({"krakatoa password"}, {"xoxb-1", "secret"})
    assert "krakatoa" not in repr(tenant)
    query = SlackWorkspace.select(SlackWorkspace.app_password).where(SlackWorkspace.id == tenant.id)
    ((kept,),) = store.database.tuples(query)
    assert "krakatoa" not in kept

    changed = store.workspaces.update(tenant.id, app_password="krakatoa next")
    assert changed is not None
    assert changed.app_password == "krakatoa next"
    assert store.rotate_secrets() == 0
    store.check_secrets()
