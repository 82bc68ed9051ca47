"""Role × endpoint × tenant, from the OpenAPI document itself: an endpoint without a rule here fails, as does a rule without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from bot.core.commands import Role
from bot.http.describe import operations
from bot.http.guard import ROLE
from store.audit import AuditRow
from tests.http.conftest import API, PEOPLE, Web, web
from tests.requests import keep

ADMINS, OPERATORS, EVERYBODY = "admin", "operator", "viewer"
LEAST = {  # what the specification and its security rules ask for
    ("get", "/workspaces/"): EVERYBODY,
    ("post", "/workspaces/"): ADMINS,
    ("get", "/workspaces/{id}/"): EVERYBODY,
    ("put", "/workspaces/{id}/"): ADMINS,
    ("patch", "/workspaces/{id}/"): ADMINS,
    ("delete", "/workspaces/{id}/"): ADMINS,
    ("get", "/channels/"): EVERYBODY,
    ("post", "/channels/"): OPERATORS,
    ("get", "/channels/{id}/"): EVERYBODY,
    ("put", "/channels/{id}/"): OPERATORS,
    ("patch", "/channels/{id}/"): OPERATORS,
    ("delete", "/channels/{id}/"): OPERATORS,
    ("get", "/user-mappings/"): EVERYBODY,
    ("post", "/user-mappings/"): ADMINS,
    ("get", "/user-mappings/{id}/"): EVERYBODY,
    ("delete", "/user-mappings/{id}/"): ADMINS,
    ("get", "/commands/"): EVERYBODY,
    ("get", "/commands/{id}/"): EVERYBODY,
    ("get", "/approvals/"): EVERYBODY,
    ("get", "/approvals/{id}/"): EVERYBODY,
}
ROLES = {
    "viewer": "viewer",
    "operator": "operator",
    "admin": "admin",
    "foreign": "operator",
    "both": "operator",
    "nobody": "viewer",
}
CUSTOMERS = {"viewer": {1}, "operator": {1}, "admin": {1, 2}, "foreign": {2}, "both": {1, 2}, "nobody": set()}
CASES = sorted(product(LEAST, [*PEOPLE, None], (1, 2)), key=str)


@dataclass
class Tenants:
    """For each customer one row of everything; each row that is deleted is made again."""

    bot: Web
    number: int = 0

    def workspace(self, customer: int) -> int:
        self.number += 1
        made = self.bot.rig.store.workspaces.add(
            customer=customer,
            team_id=f"T0N{self.number}",
            team_name=f"canary-of-{customer}",
            bot_user_id="U0BOT",
            bot_token="xoxb-canary",
            signing_secret="canary",
        )
        return made.id

    def row(self, path: str, customer: int) -> int:
        store, workspace = self.bot.rig.store, self.workspace(customer)
        self.number += 1
        match path.split("/")[1]:
            case "workspaces":
                return workspace
            case "channels":
                name = f"canary-of-{customer}"
                return store.channels.add(workspace=workspace, channel_id=f"C0N{self.number}", channel_name=name).id
            case "user-mappings":
                name = f"canary-of-{customer}"
                return store.users.add(workspace=workspace, slack_user_id=f"U0N{self.number}", user=3, username=name).id
            case "commands":
                return store.audit.write(AuditRow(customer=customer, status="success", text=f"canary-of-{customer}"))
            case "approvals":
                return keep(store, workspace, customer=customer, username=f"canary-of-{customer}").number
        raise AssertionError(f"there is no row of {path} yet: say here how one is made")

    def body(self, method: str, path: str, customer: int) -> dict[str, Any] | None:
        if method in {"get", "delete"}:
            return None
        self.number += 1
        flags = {"notify_drift_detected": True}
        match path.split("/")[1]:
            case "workspaces":
                row = {"customer": customer, "team_id": f"T0M{self.number}", "team_name": "x", "bot_user_id": "U0BOT"}
                return row | {"bot_token": "xoxb-canary", "signing_secret": "canary"}
            case "channels":
                return {"workspace": self.workspace(customer), "channel_id": f"C0M{self.number}"} | flags
            case "user-mappings":
                user = {1: 3, 2: 5}[customer]
                return {"workspace": self.workspace(customer), "slack_user_id": f"U0M{self.number}", "user": user}
        raise AssertionError(f"there is no body for {path} yet: say here what one looks like")


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenants]:
    with web(f"sqlite:///{tmp_path_factory.mktemp('matrix')}/store.db", people=False, socket_mode=False) as bot:
        yield Tenants(bot)


def test_every_endpoint_has_a_rule_and_every_rule_an_endpoint(tenants: Tenants) -> None:
    document = tenants.bot.call("GET", "/openapi.json", None).json()
    stated = {(method, path.removeprefix(API)): each[ROLE] for path, method, each in operations(document)}
    assert stated == LEAST


def expected(method: str, path: str, who: str | None, customer: int) -> set[int]:
    if who is None:
        return {401}
    if Role[ROLES[who]] < Role[LEAST[method, path]]:
        return {403}
    if customer in CUSTOMERS[who] or (method == "get" and "{id}" not in path):
        return {{"post": 201, "delete": 204}.get(method, 200)}
    return {404} if "{id}" in path else {400}


@pytest.mark.parametrize(("endpoint", "who", "customer"), CASES, ids=str)
def test_who_may_do_what_to_whose_rows(
    tenants: Tenants, endpoint: tuple[str, str], who: str | None, customer: int
) -> None:
    method, path = endpoint
    row = tenants.row(path, customer)
    body = tenants.body(method, path, customer)
    before = rows(tenants)
    answer = tenants.bot.api(method.upper(), path.lstrip("/").replace("{id}", str(row)), who, json=body)
    assert answer.status_code in expected(method, path, who, customer), answer.text
    foreign = {1, 2} - (CUSTOMERS[who] if who else set())
    assert not any(f"canary-of-{other}" in answer.text for other in foreign)
    assert "xoxb" not in answer.text
    if not answer.ok:
        assert rows(tenants) == before
    elif method == "get" and "{id}" not in path and who is not None:
        shown = f"canary-of-{customer}" in page_with(tenants, path, who, row)
        assert shown == (customer in CUSTOMERS[who])


def page_with(tenants: Tenants, path: str, who: str, row: int) -> str:
    """The list down to this row."""
    texts, url = [], f"{API}{path}?page_size=200"
    while url:
        page = tenants.bot.call("GET", url.removeprefix(tenants.bot.url), who).json()
        texts += [str(each) for each in page["results"] if each["id"] == row]
        url = page["next"]
    return "".join(texts)


def rows(tenants: Tenants) -> list[Any]:
    store = tenants.bot.rig.store
    lists: list[Callable[[], list[Any]]] = [store.workspaces.list, store.channels.list, store.users.list]
    return [each() for each in lists]
