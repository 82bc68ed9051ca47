"""The simulated WebNet, as tests and the demo use it."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from random import Random
from typing import Any, Literal

from lab.life import OnThread
from lab.webnet.clock import Clock, utc_now
from lab.webnet.credentials import API_KEYS, Throttle, TokenType, make_jwt
from lab.webnet.faults import Faults
from lab.webnet.record import Entry, gate_violations
from lab.webnet.runner import Backups, Hold, Runner
from lab.webnet.seed.configs import digest
from lab.webnet.seed.devices import make_device
from lab.webnet.server import serve_until
from lab.webnet.state import State
from lab.webnet.tables import Row
from lab.webnet.trouble import Trouble

RECORD_LENGTH = 50_000


class WebNetLab(OnThread, Trouble):
    """A WebNet on a port of the loopback interface, served from a thread of its own between `start` and `stop`.

    Of `jobs` beyond the recorded ones `unfinished`, spread over them, never end; `database` decides where a list puts empty values.
    `port` 0 takes a free one; `job_seconds` is how long a job takes; in `failure_share` of the jobs a device fails, chosen by
    `seed`, which ends a backup `failed` and leaves the rest `success` with an ERROR line; `backups="revision"` makes every backup fail after its first host, as the recorded revision does;
    with `config_lines` every device has a config, of that many lines where none is seeded;
    `recent` moves the seeded times so that they end two hours ago, with no seeded job still young; `clock` replaces the time.
    """

    thread_name = "webnet-lab"

    def __init__(
        self,
        port: int = 0,
        *,
        job_seconds: float = 2.0,
        failure_share: float = 0.0,
        seed: int = 1,
        devices: int = 170,
        jobs: int = 162,
        unfinished: int = 0,
        database: Literal["sqlite", "postgresql"] = "sqlite",
        backups: Backups = "healthy",
        cancelled_jobs_run: bool = True,
        login_limit: int | None = 5,
        recent: bool = False,
        config_lines: int = 0,
        clock: Clock = utc_now,
    ) -> None:
        self.url = ""
        self.clock = clock
        """Can be replaced at any time."""
        self.date_header = True
        """WebNet behind daphne sends none; a proxy before it does."""
        self.lock = threading.RLock()
        """Held while a request is handled; hold it to read or change several things at once."""
        self._new_state = partial(
            State,
            self._now,
            devices,
            jobs,
            recent=recent,
            config_lines=config_lines,
            unfinished=unfinished,
            nulls_low=database == "sqlite",
        )
        self._new_runner = partial(
            Runner,
            job_seconds=job_seconds,
            failure_share=failure_share,
            seed=seed,
            backups=backups,
            cancelled_jobs_run=cancelled_jobs_run,
        )
        self._login_limit = login_limit
        self._port = port
        self._random = Random(seed)
        self._serials = count(1)
        self._record: deque[Entry] = deque(maxlen=RECORD_LENGTH)
        self.request_count = 0
        self.reset()

    def _now(self) -> datetime:
        return self.clock()

    def reset(self) -> None:
        """Goes back to the rows and settings of the start: no faults, no running jobs, nothing broken; the record stays."""
        with self.lock:
            self.state = self._new_state()
            self.runner = self._new_runner(self.state)
            self.faults = Faults()
            self.throttle = Throttle(self._login_limit)

    async def _serve(self, ready: threading.Event) -> None:
        def listening(port: int) -> None:
            self._port = port
            self.url = f"http://127.0.0.1:{port}"
            ready.set()

        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        await serve_until(self, self._port, self._stopping, listening)

    @contextmanager
    def _current(self) -> Iterator[State]:
        """Yields the state as of now, locked."""
        with self.lock:
            self.runner.advance()
            yield self.state

    def row(self, table: str, key: int) -> Row:
        """Returns a copy of a row of `devices`, `jobs`, `users`, `alerts`, ... as it stands now."""
        with self._current() as state:
            return dict(state.tables[table][key])

    def rows(self, table: str) -> list[Row]:
        with self._current() as state:
            return [dict(row) for row in state.tables[table].values()]

    def logs(self, job: int) -> list[Row]:
        """Lists rows, the oldest first."""
        with self._current() as state:
            return list(state.log_lines(job))

    def change(self, table: str, key: int, /, *, touch: bool = True, **values: Any) -> Row:
        """Changes some fields of a row; `touch=False` leaves `updated_at` alone, as some of WebNet's writes do."""
        with self._current() as state:
            row = state.tables[table][key]
            if unknown := set(values) - set(row):
                raise ValueError(f"{table} have no {', '.join(sorted(unknown))}")
            row.update(values)
            if touch and "updated_at" in row and "updated_at" not in values:
                row["updated_at"] = state.now()
            return dict(row)

    def add(self, table: str, /, **values: Any) -> Row:
        """Adds a row: for devices a made-up one, for the rest a copy of the newest, its own times set to now."""
        with self._current() as state:
            rows = state.tables[table]
            pattern = make_device(rows.next_id) if table == "devices" else rows[rows.ids[-1]]
            now = dict.fromkeys(
                {"created_at", "updated_at", "detected_at", "requested_at", "ts"} & set(pattern), state.now()
            )
            return dict(rows.add({**pattern, **now, "id": None, **values}))

    def add_group(self, name: str, devices: Iterable[int] = (), **values: Any) -> int:
        """Adds a static group of these devices, or with `filter_rules` a dynamic one, and returns its id."""
        with self._current() as state:
            kind = "dynamic" if "filter_rules" in values else "static"
            values = {"customer": 1, "description": None, "filter_rules": None, "parent": None} | values
            row = self.add("groups", name=name, group_type=kind, device_count=0, **values)
            state.group_devices[row["id"]] = tuple(devices)
            state.groups[row["id"]]["device_count"] = len(state.group_members(row))
            return int(row["id"])

    def delete(self, table: str, key: int) -> None:
        with self._current() as state:
            state.tables[table].delete(key)

    def set_config(self, device: int, text: str) -> None:
        """Changes the config that runs on a device, for the next backup to find."""
        with self.lock:
            self.state.running_configs[device] = text

    def store_config(self, device: int, text: str, **values: Any) -> Row:
        """Adds a snapshot at once; with an `id` below those there are, it is of a transaction that committed late."""
        with self._current() as state:
            row: Row = {"id": None, "device": device, "job": None, "created_at": state.now(), "source": "manual"}
            row |= {"hash": digest(text), "config_text": text, "custom_fields": {}}
            return dict(state.snapshots.add({**row, **values}))

    def next_id(self, table: str, key: int) -> None:
        """Sets the id of the next row, above all existing ones: those between are never given out."""
        with self.lock:
            rows = self.state.tables[table]
            rows.next_id = max(key, rows.next_id)

    @property
    def job_seconds(self) -> float:
        return self.runner.job_seconds

    @job_seconds.setter
    def job_seconds(self, seconds: float) -> None:
        """Sets how long jobs run that are created from now on."""
        self.runner.job_seconds = seconds

    @property
    def nulls_first(self) -> bool:
        """Whether a falling list begins with empty values, as on PostgreSQL; on SQLite it ends with them."""
        return not self.state.nulls_low

    @nulls_first.setter
    def nulls_first(self, value: bool) -> None:
        with self.lock:
            self.state.nulls_low = not value

    @property
    def hold(self) -> Hold | None:
        """`queued` keeps new jobs from starting, `running` keeps them from ending, None lets them go."""
        return self.runner.hold

    @hold.setter
    def hold(self, where: Hold | None) -> None:
        with self._current():
            self.runner.hold = where

    def start_job(self, kind: str, device_ids: list[int], *, customer: int = 1, user: int = 3, **payload: Any) -> int:
        """Starts a job as another client of WebNet does, and returns its id."""
        with self._current():
            return self.runner.create(kind, customer, user, {"filters": {"device_ids": device_ids}}, payload or None)

    def finish(self, job: int) -> Row:
        """Brings a job to its end at once, even one that is held."""
        with self._current():
            self.runner.finish(job)
            return self.row("jobs", job)

    def kill_workers(self) -> list[int]:
        """Ends the workers in the middle of their jobs, which stay `running` for ever; returns the ids."""
        with self._current():
            return self.runner.kill_workers()

    def api_key(self, user: int) -> str:
        """Returns the valid, unscoped key of a user."""
        good = (key.token for key in API_KEYS.values() if key.user == user and not key.expired and not key.scopes)
        return next(good)

    def jwt(self, user: int, kind: TokenType = "access", *, expired: bool = False) -> str:
        made_at = self.clock() - timedelta(days=30) if expired else self.clock()
        return make_jwt(user, kind, made_at, -next(self._serials))

    @property
    def record(self) -> list[Entry]:
        """Lists every request under /api/ and outside it, oldest first, without the lab's own control; the newest RECORD_LENGTH."""
        with self.lock:
            return list(self._record)

    def remember(self, entry: Entry) -> None:
        self._record.append(entry)
        self.request_count = entry.number

    def new_request_id(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    def clear_record(self) -> None:
        with self.lock:
            self._record.clear()

    def gate_violations(self, fresh_s: float = 15.0, *, after: int = 0) -> list[str]:
        """Says how the rule for starting jobs was broken by requests with a number above `after`; empty when it was kept."""
        return gate_violations(self.record, fresh_s, after)
