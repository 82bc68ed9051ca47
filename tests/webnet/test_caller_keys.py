"""A POST in the name of a caller has a key of its own, which is gone afterwards, whatever dies in between."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from bot.core import errors
from bot.core.commands import Caller, Role
from bot.redaction.redactor import Redactor
from bot.webnet.caller_keys import PREFIX, CallerKeys
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import BACKUP
from bot.webnet.target import Target
from bot.webnet.transport import Transport
from lab.webnet import BOT_KEY, WebNetLab
from lab.webnet.credentials import ApiKey
from store.database import Store
from store.models import CallerKeyRow
from tests.conftest import STORE_KEY

OSCAR = Caller("U0OSCAR", 3, "oscar-operator", Role.operator, frozenset({1}))
BOT = 9  # the id of the service account
KEYS = "/api/v1/users/3/api-keys/"
BACKUPS = "/api/v1/config/backup"


class Rig:
    """Starts backups in Oscar's name, and makes further processes on the same store."""

    def __init__(self, lab: WebNetLab, store: Store) -> None:
        self.lab, self.store = lab, store
        self.http = Transport(lab.url, BOT_KEY, timeout_s=1.0)
        self.redactor = Redactor()
        self.living: list[str] = []
        self.keys = self.another("one")
        self.webnet = WebNet(self.http, acting=self.keys.acting_for)

    def another(self, instance: str) -> CallerKeys:
        rows = self.store.caller_keys
        return CallerKeys(self.http, rows, self.redactor, instance, lambda: self.living, lambda: datetime.now(UTC))

    def start(self, device: int = 1) -> int:
        row = self.lab.row("devices", device)
        return self.webnet.start_job(BACKUP, 1, (Target(device, row["hostname"], row["mgmt_ip"]),), by=OSCAR)

    @property
    def there(self) -> list[ApiKey]:
        """The keys that a bot made, as WebNet has them."""
        with self.lab.lock:
            return [key for key in self.lab.state.api_keys.values() if key.name.startswith(PREFIX)]

    @property
    def changes(self) -> list[tuple[str, str, int | None]]:
        """What was sent, but for reads: method, path without the number of a key, and user."""
        sent = (entry for entry in self.lab.record if entry.method != "GET")
        return [(each.method, KEYS if each.path.startswith(KEYS) else each.path, each.user) for each in sent]

    def is_clean(self) -> bool:
        return not self.there and not self.store.caller_keys.list()


@pytest.fixture
def rig(lab: WebNetLab, store: Store) -> Iterator[Rig]:
    made = Rig(lab, store)
    yield made
    made.http.close()


def test_a_post_has_a_key_of_its_own_and_the_job_is_the_callers(rig: Rig) -> None:
    jobs = [rig.start(), rig.start(2)]
    assert [rig.lab.row("jobs", job)["user"] for job in jobs] == [3, 3]
    assert rig.changes == [("POST", KEYS, BOT), ("POST", BACKUPS, 3), ("DELETE", KEYS, BOT)] * 2
    bodies = [entry.body for entry in rig.lab.record if entry.path == KEYS]
    assert {body["name"] for body in bodies} == {"webnet-bot:U0OSCAR:one"}
    assert len({entry.credential for entry in rig.lab.record if entry.path == BACKUPS}) == 2
    assert rig.is_clean()


def test_the_token_is_hidden_while_the_key_is_there_and_noted_before_it_is_used(rig: Rig) -> None:
    seen: list[str] = []

    def look() -> None:
        (key,), (row,) = rig.there, rig.store.caller_keys.list()
        assert (row.user, row.key, row.name) == (3, key.id, key.name)
        seen.extend((key.token, rig.redactor(f"odd answer {key.token}.")))

    rig.lab.before("POST", BACKUPS, look)
    rig.start()
    token, said = seen
    assert said == "odd answer <redacted>."
    assert rig.redactor(f"odd answer {token}.") == f"odd answer {token}."


@pytest.mark.parametrize("ahead_s", [-3_600, 3_600])
def test_ten_minutes_are_those_of_webnets_clock(rig: Rig, ahead_s: int) -> None:
    rig.lab.date_header = False
    rig.lab.clock = lambda: datetime.now(UTC) + timedelta(seconds=ahead_s)
    lives: list[timedelta] = []

    def look() -> None:
        (key,) = rig.there
        lives.append(datetime.fromisoformat(str(key.expires_at)) - datetime.fromisoformat(str(key.created_at)))

    for device in (1, 2):
        rig.lab.before("POST", BACKUPS, look)
        rig.start(device)
    assert [abs(life - timedelta(minutes=10)) < timedelta(seconds=5) for life in lives] == [True, True]
    assert [path for method, path, _ in rig.changes if method == "POST"] == [KEYS, KEYS, BACKUPS, KEYS, BACKUPS]
    assert rig.is_clean()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"role": "viewer"}, "oscar-operator, whose role there does not suffice, so it was not done"),
        ({"is_active": False}, "oscar-operator, whose account there is inactive now, so it was not done"),
        ({"customers": [2]}, "oscar-operator for this customer any more, so it was not done"),
    ],
)
def test_webnet_itself_refuses_who_may_not_any_more(rig: Rig, change: dict[str, object], words: str) -> None:
    rig.lab.before("POST", BACKUPS, lambda: rig.lab.change("users", 3, **change))
    jobs = len(rig.lab.rows("jobs"))
    with pytest.raises(errors.Refused, match=words):
        rig.start()
    assert len(rig.lab.rows("jobs")) == jobs
    assert rig.is_clean()


def test_a_key_that_webnet_does_not_know_is_said_to_be_the_callers(rig: Rig) -> None:
    rig.lab.fault("bad_key", prefix=BACKUPS, times=1)
    with pytest.raises(errors.WebNetKeyRejected, match="did not take the key in the name of oscar-operator"):
        rig.start()
    assert rig.is_clean()


def test_an_alert_is_acknowledged_and_resolved_by_an_admin_alone(rig: Rig) -> None:
    rig.lab.change("alerts", 3, status="open")
    for change in (
        lambda: rig.webnet.acknowledge_alert(3, OSCAR),
        lambda: rig.webnet.resolve_alert(3, "planned", OSCAR),
    ):
        with pytest.raises(errors.Refused, match="WebNet does not allow this to oscar-operator"):
            change()
    assert rig.lab.row("alerts", 3)["status"] == "open"
    done = rig.webnet.acknowledge_alert(3, replace(OSCAR, user=2))
    assert done is not None
    assert (done.status, done.acknowledged_by) == ("acknowledged", "alice-admin")
    assert rig.is_clean()


def test_nothing_is_changed_in_nobodys_name(rig: Rig) -> None:
    with pytest.raises(TypeError, match="in the name of a caller"):
        rig.webnet.cancel_job(161)
    assert rig.changes == []


def test_without_a_key_nothing_is_sent(rig: Rig) -> None:
    def gone() -> None:
        rig.lab.delete("users", 3)

    for kind, error in (
        ("error", errors.WebNetBroken),
        ("lose_answer", errors.WebNetBroken),
        ("throttle", errors.WebNetThrottled),
    ):
        rig.lab.fault(kind, prefix=KEYS, method="POST", times=1)
        with pytest.raises(error, match="No key in your name could be had"):
            rig.start()
    rig.lab.before("POST", KEYS, gone)
    with pytest.raises(errors.Refused, match="no longer exists"):
        rig.start()
    assert {path for _, path, _ in rig.changes} == {KEYS}


def test_a_start_whose_answer_is_lost_stays_unclear_and_its_key_goes(rig: Rig) -> None:
    rig.lab.fault("lose_answer", prefix=BACKUPS, times=1)
    with pytest.raises(errors.OutcomeUnknown, match="unclear whether the backup was started"):
        rig.start()
    assert rig.is_clean()


def test_a_key_that_could_not_be_deleted_is_deleted_later_and_hidden_until_then(rig: Rig) -> None:
    rig.lab.fault("error", method="DELETE", times=1)
    job = rig.start()
    (key,) = rig.there
    assert rig.lab.row("jobs", job)["user"] == 3
    assert rig.redactor(key.token) == "<redacted>"
    rig.keys.sweep()
    assert rig.is_clean()
    assert rig.redactor(key.token) == key.token


def test_a_sweep_leaves_the_keys_that_are_in_use_here_or_by_a_process_that_lives(rig: Rig) -> None:
    rig.living = ["one", "two"]
    rig.lab.before("POST", BACKUPS, rig.keys.sweep)
    rig.lab.before("POST", BACKUPS, rig.another("two").sweep)
    assert rig.lab.row("jobs", rig.start())["user"] == 3


DYING = """
import sys
from datetime import UTC, datetime
from bot.core.commands import Caller, Role
from bot.redaction.redactor import Redactor
from bot.webnet.caller_keys import CallerKeys
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import BACKUP
from bot.webnet.target import Target
from bot.webnet.transport import Transport
from store.database import open_store
store_url, store_key, url, api_key, hostname, address = sys.argv[1:]
with open_store(store_url, keys=[store_key]) as store:
    http = Transport(url, api_key)
    keys = CallerKeys(http, store.caller_keys, Redactor(), "dying", list, lambda: datetime.now(UTC))
    oscar = Caller("U0OSCAR", 3, "oscar-operator", Role.operator, frozenset({1}))
    WebNet(http, acting=keys.acting_for).start_job(BACKUP, 1, (Target(1, hostname, address),), by=oscar)
"""


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", KEYS), ("GET", "/api/v1/devices/1/"), ("POST", BACKUPS), ("DELETE", KEYS)],
    ids=["making", "checking", "starting", "deleting"],
)
def test_the_key_of_a_process_that_was_killed_is_deleted_by_the_next(
    rig: Rig, store_url: str, method: str, path: str
) -> None:
    processes: list[subprocess.Popen[bytes]] = []
    device = rig.lab.row("devices", 1)

    def kill() -> None:
        processes[0].kill()

    rig.lab.before(method, path, kill)
    names = (device["hostname"], device["mgmt_ip"])
    program = [sys.executable, "-c", DYING, store_url, STORE_KEY, rig.lab.url, BOT_KEY, *names]
    processes.append(subprocess.Popen(program, cwd=Path(__file__).parents[2]))
    assert processes[0].wait(60) == -9
    (row,) = rig.store.caller_keys.list()
    assert len(rig.there) == (method != "DELETE")
    rig.living = ["dying"]
    rig.keys.sweep()
    assert [each.id for each in rig.store.caller_keys.list()] == [row.id]
    rig.living = []
    rig.keys.sweep()
    assert rig.there == []
    left = [each.key for each in rig.store.caller_keys.list()]
    assert left == ([None] if path == KEYS and method == "POST" else [])


def test_what_has_the_number_of_a_key_after_a_restore_of_webnet_stays(rig: Rig) -> None:
    rig.store.caller_keys.made(rig.store.caller_keys.add(3, "webnet-bot:U0OSCAR:gone"), 4)
    rig.keys.sweep()
    assert [key.id for key in rig.lab.state.api_keys.values() if key.user == 3] == [4]
    assert rig.is_clean()


def test_a_user_whose_keys_cannot_be_read_keeps_no_other_key_from_being_deleted(rig: Rig) -> None:
    for user in (2, 3):
        body = {"name": "webnet-bot:U0OSCAR:gone", "expires_at": None}
        key = rig.http.post(f"users/{user}/api-keys/", body, "")
        rig.store.caller_keys.made(rig.store.caller_keys.add(user, body["name"] or ""), key["id"])
    rig.lab.fault("error", prefix="/api/v1/users/2/", method="GET")
    with pytest.raises(errors.WebNetBroken):
        rig.keys.sweep()
    assert [key.user for key in rig.there] == [2]
    rig.lab.clear_faults()
    rig.keys.sweep()
    assert rig.is_clean()


def test_a_row_without_a_key_goes_when_the_key_would_have_expired(rig: Rig) -> None:
    row = rig.store.caller_keys.add(3, "webnet-bot:U0OSCAR:one")
    rig.keys.sweep()
    assert [each.id for each in rig.store.caller_keys.list()] == [row]
    long_ago = datetime.now(UTC) - timedelta(minutes=12)
    rig.store.database.run(CallerKeyRow.update(created_at=long_ago).where(CallerKeyRow.id == row))
    rig.keys.sweep()
    assert rig.is_clean()


def test_a_key_whose_answer_was_lost_goes_once_it_has_expired(rig: Rig) -> None:
    rig.lab.fault("lose_answer", prefix=KEYS, method="POST", times=1)
    with pytest.raises(errors.WebNetBroken):
        rig.start()
    rig.keys.sweep()
    assert len(rig.there) == 1
    long_ago = datetime.now(UTC) - timedelta(minutes=12)
    rig.store.database.run(CallerKeyRow.update(created_at=long_ago))
    (key,) = rig.there
    rig.lab.state.api_keys[key.token] = replace(key, expires_at=long_ago.isoformat())
    rig.keys.sweep()
    assert rig.is_clean()


def test_what_no_row_names_is_deleted_once_it_has_expired(rig: Rig) -> None:
    """As after a restore of the store; until then it may be of a bot with another store."""
    numbers = count(100)

    def add(name: str, age: timedelta) -> None:
        until = datetime.now(UTC) - age + timedelta(minutes=10)
        number = next(numbers)
        key = ApiKey(f"planted-key-{number:06}", 3, id=number, name=name, expires_at=until.isoformat())
        rig.lab.state.api_keys[key.token] = key

    hour = timedelta(hours=1)
    add("webnet-bot:U0OSCAR:gone", hour)
    add("webnet-bot:U0OSCAR:other", timedelta())
    add("webnet-bot:U0OSCAR:two", hour)
    add("oscar's own", hour)
    rig.living = ["two"]
    rig.keys.sweep_users([3, 4_711])
    assert sorted(key.name for key in rig.lab.state.api_keys.values() if key.id >= 100) == [
        "oscar's own",
        "webnet-bot:U0OSCAR:other",
        "webnet-bot:U0OSCAR:two",
    ]
