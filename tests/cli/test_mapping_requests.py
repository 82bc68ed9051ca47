"""The command line shows who asks to be mapped, and decides, with its own row in the audit log."""

from __future__ import annotations

import getpass
import json
import platform
from typing import Any

import pytest

from bot.approvals.requests import Kept
from store.database import Store
from tests.cli.conftest import Run
from tests.requests import keep

pytestmark = pytest.mark.usefixtures("acme")
BY = f"{getpass.getuser()} on {platform.node()}"


def asked(store: Store) -> Kept:
    return keep(store, purpose="mapping", command="register", devices=(), requester=0, username="oscar")


def test_requests_to_be_mapped_are_listed_apart_from_approvals(run: Run, store: Store) -> None:
    assert "Nobody waits to be mapped." in run("user requests").stdout
    kept = asked(store)
    (row,) = json.loads(run("user requests --json").stdout)
    assert (row["id"], row["team_id"], row["slack_user_id"], row["name"]) == (kept.number, "T0ACME", "U0OSCAR", "oscar")
    assert "U0OSCAR" in run("user requests").stdout
    assert "No request waits." in run("approval list").stdout
    assert "There is no request" in run(f"approval deny {kept.number} why --yes", code=1).stderr


def test_a_request_is_approved_after_the_role_was_shown(webnet_run: Run, store: Store) -> None:
    kept = asked(store)
    shown = webnet_run(f"user requests approve {kept.number} oscar-operator", input="n\n", code=1)
    assert "oscar-operator is operator, active. Map U0OSCAR (oscar) to this user?" in shown.stderr
    assert store.users.list() == []
    done = webnet_run(f"user requests approve {kept.number} oscar-operator --yes")
    assert "U0OSCAR is oscar-operator (WebNet user 3)." in done.stdout
    (mapping,) = store.users.list()
    assert (mapping.slack_user_id, mapping.user, mapping.changed_by) == ("U0OSCAR", 3, None)
    row: Any = store.requests.get(kept.number)
    assert (row.state, row.decided_name, row.outcome) == ("done", BY, "mapped to oscar-operator (operator)")
    (audit,) = store.audit.list()
    assert (audit.way, audit.username, audit.command, audit.customer) == ("shell", BY, "map", 1)
    again = webnet_run(f"user requests deny {kept.number} --yes", code=1)
    assert f"was granted by {BY}: mapped to oscar-operator (operator)" in again.stderr
    assert "mapped to" in webnet_run("user requests --all").stdout


@pytest.mark.parametrize(
    ("who", "says"),
    [
        ("chatops-bot", "service account"),
        ("gina-globex", "no user gina-globex"),
        ("ivan-inactive", "could run nothing"),
    ],
)
def test_who_could_run_nothing_is_not_mapped(webnet_run: Run, store: Store, who: str, says: str) -> None:
    kept = asked(store)
    assert says in webnet_run(f"user requests approve {kept.number} {who} --yes", code=1).stderr
    assert store.users.list() == []


def test_a_request_is_denied(run: Run, store: Store) -> None:
    kept = asked(store)
    run(f"user requests deny {kept.number} --yes")
    row: Any = store.requests.get(kept.number)
    assert (row.state, row.decided_name) == ("denied", BY)
    assert "There is no request #99 to be mapped" in run("user requests deny 99 --yes", code=1).stderr
    for line in ("approve 1", "deny", "deny 1 alice", "approve"):
        assert "name a request" in run(f"user requests {line}", code=2).stderr
