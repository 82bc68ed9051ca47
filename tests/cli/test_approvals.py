"""The command line shows requests and denies them, with its own row in the audit log, and approves none."""

from __future__ import annotations

import getpass
import json
import platform

import pytest

from store.database import Store
from tests.cli.conftest import Run
from tests.requests import keep

pytestmark = pytest.mark.usefixtures("acme")


def test_requests_are_listed_and_shown_with_their_devices(run: Run, store: Store) -> None:
    assert "No request waits." in run("approval list").stdout
    kept = keep(store)
    assert "oscar-operator" in run("approval list").stdout
    (row,) = json.loads(run("approval list --json").stdout)
    assert (row["id"], row["devices"], row["hash"]) == (kept.number, 1, kept.row.mac)
    shown = run(f"approval show {kept.number}").stdout
    for words in ("#1 rtr-fra1-001 10.10.0.1", f"hash: {kept.row.mac}", "line: backup #1", "state: requested"):
        assert words in shown
    assert "There is no request #99" in run("approval show 99", code=1).stderr


def test_a_shell_denies_with_the_host_and_the_user_in_the_audit_log(run: Run, store: Store) -> None:
    kept = keep(store)
    assert "nothing was changed" in run(f"approval deny {kept.number} frozen", code=1).stderr
    run(["approval", "deny", str(kept.number), "change freeze", "--yes"])
    found = store.requests.get(kept.number)
    assert found is not None
    by = f"{getpass.getuser()} on {platform.node()}"
    assert (found.state, found.decided_name, found.decided_by, found.reason) == ("denied", by, None, "change freeze")
    (row,) = store.audit.list()
    assert (row.way, row.username, row.command, row.customer) == ("shell", by, "deny", 1)
    for words in (kept.short, "oscar-operator", "change freeze"):
        assert words in row.response
    again = run(["approval", "deny", str(kept.number), "again", "--yes"], code=1)
    assert f"was denied by {by}" in again.stderr
    assert "No request waits." in run("approval list").stdout
    assert by in run("approval list --all").stdout


def test_a_shell_approves_nothing(run: Run, store: Store) -> None:
    kept = keep(store)
    run(f"approval approve {kept.number}", code=2)
    found = store.requests.get(kept.number)
    assert found is not None
    assert found.state == "requested"
