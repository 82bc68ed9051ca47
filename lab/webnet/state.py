"""Everything the simulated WebNet knows: its rows as seeded, and who may see which."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from importlib.resources import files
from itertools import count
from typing import Any

from lab.webnet.clock import SEEDED_AT, Clock, shifted, stamp
from lab.webnet.credentials import API_KEYS, Caller
from lab.webnet.seed import configs, devices, jobs
from lab.webnet.tables import DeviceTable, JobTable, Row, Table

Rows = dict[int, Row]


@cache
def _seeded() -> dict[str, Rows]:
    """Rows that do not depend on a lab's options, to be copied: the recorded ones by table and id, and those made of them."""
    text = files("lab.webnet.seed").joinpath("recorded.json").read_text(encoding="utf-8")
    tables = {name: {row["id"]: row for row in rows} for name, rows in json.loads(text).items()}
    known = Table("Device", tables["devices"].values(), range(1, devices.RECORDED_DEVICES + 1), devices.make_device)
    snapshots = configs.make_snapshots(known, tables["snapshots"])
    drifts = configs.make_drifts(known, tables["users"], snapshots)
    made = {
        "snapshots": snapshots,
        "drifts": drifts,
        "alerts": configs.make_alerts(drifts),
        "results": configs.make_results(),
    }
    for name, rows in made.items():
        tables[name] = {row["id"]: row | tables[name].get(row["id"], {}) for row in rows}
    return tables


class State:
    """The tables by name, and the questions several of them answer together.

    `recent` moves every seeded time so that the seeding happened two hours ago instead of on its recorded day.
    """

    def __init__(
        self,
        clock: Clock,
        device_count: int,
        job_count: int,
        *,
        recent: bool,
        config_lines: int = 0,
        unfinished: int = 0,
        nulls_low: bool = True,
    ) -> None:
        self.clock = clock
        self.nulls_low = nulls_low
        self._shift = clock() - timedelta(hours=2) - SEEDED_AT if recent else timedelta()
        self._rows: dict[str, Rows] = shifted(_seeded(), self._shift)
        self.users = self._table("User", "users")
        self.customers = self._table("Customer", "customers")
        self.policies = self._table("CompliancePolicy", "policies")
        self.groups = self._table("DeviceGroup", "groups")
        self.group_devices: dict[int, tuple[int, ...]] = {1: (1, 2, 3, 4, 5, 6)}  # of the static groups
        self.schedules = self._table("Schedule", "schedules")
        self.workspaces = self._table("SlackWorkspace", "workspaces")
        self.devices = self._made("Device", "devices", device_count, devices.make_device)
        self.jobs = self._jobs(job_count, unfinished)
        self.snapshots = self._snapshots(config_lines)
        self.drifts = self._table("ConfigDrift", "drifts")
        self.alerts = self._table("DriftAlert", "alerts")
        self.results = self._table("ComplianceResult", "results")
        self.logs: dict[int, list[Row]] = {}
        self.next_log_id = jobs.LAST_LOG_ID + 1
        self.running_configs: dict[int, str] = {}
        self.token_serials = count(1)
        self.api_keys = dict(API_KEYS)
        self.key_ids = count(1 + len(API_KEYS))

    def _table(self, model: str, name: str) -> Table:
        return Table(model, self._rows[name].values())

    def _made(self, model: str, name: str, count: int, make: Callable[[int], Row]) -> Table:
        rows = self._rows[name]

        def generate(key: int) -> Row:
            return shifted(make(key), self._shift)  # type: ignore[no-any-return]

        return Table(model, rows.values(), range(1, max(count, *rows) + 1), generate)

    def _jobs(self, number: int, unfinished: int) -> JobTable:
        rows = self._rows["jobs"]
        last = max(number, *rows)
        maker = jobs.JobMaker(_seeded()["jobs"], last, unfinished)

        def generate(key: int) -> Row:
            return shifted(maker.make(key), self._shift)  # type: ignore[no-any-return]

        def end_of(key: int) -> str:
            return stamp(maker.end_of(key) + self._shift)

        made = (*range(1, jobs.RECORDED_JOBS + 1), *maker.unfinished)
        return JobTable(rows.values(), range(1, last + 1), generate, end_of, made)

    def _snapshots(self, lines: int) -> DeviceTable:
        """Makes the seeded snapshots; where `lines` is given, every other device gets a config of that many lines, too."""

        def generate(key: int, device: int) -> Row:
            return shifted(configs.make_long_snapshot(key, self.devices[device], lines), self._shift)  # type: ignore[no-any-return]

        rows = self._rows["snapshots"].values()
        every = range(1, self.devices.next_id) if lines else range(0)
        return DeviceTable("ConfigSnapshot", rows, every, generate if lines else None)

    @property
    def tables(self) -> dict[str, Table]:
        return {name: value for name, value in vars(self).items() if isinstance(value, Table)}

    def now(self) -> str:
        return stamp(self.clock())

    def customer_of(self, row: Row) -> int | None:
        """Returns the customer that a row belongs to, found through its device where it names none."""
        if "customer" in row:
            return int(row["customer"])
        if "drift" in row:
            row = self.drifts.get(row["drift"], {})
        device = self.devices.get(row.get("device", 0))
        return device["customer"] if device else None

    def visible(self, table: Table, caller: Caller) -> list[int]:
        """Returns the ids that a caller sees; for users an id twice where two customers are shared, as in WebNet."""
        if caller.is_admin:
            return table.ids
        mine = caller.user["customers"]
        if table is self.users:
            return [key for customer in mine for key in table if customer in table[key]["customers"]]
        return [key for key in table if self.customer_of(table[key]) in mine]

    def sees(self, caller: Caller, row: Row) -> bool:
        return caller.sees(self.customer_of(row))

    def log_lines(self, job: int) -> list[Row]:
        """Returns the log of a job, oldest first; that of a seeded one is made when somebody looks."""
        if job not in self.logs:
            self.logs[job] = list(self._rows["logs"].values()) if job == 1 else jobs.make_logs(self.jobs[job])
        return self.logs[job]

    def add_log(self, job: int, ts: str, level: str, host: str | None, message: str) -> None:
        self.logs.setdefault(job, []).append(
            {
                "id": self.next_log_id,
                "job": job,
                "ts": ts,
                "level": level,
                "host": host,
                "message": message,
                "extra_json": None,
            }
        )
        self.next_log_id += 1

    def snapshots_of(self, device: int) -> Iterator[Row]:
        """Lists rows, the newest first."""
        own = self.snapshots.of_device(device)
        return iter(sorted(own, key=lambda row: (row["created_at"] or "", row["id"]), reverse=True))

    def group_members(self, group: Row) -> list[Row]:
        """Lists the members by hostname; a static group keeps its disabled members, a dynamic one does not. Those of the groups
        below it are not among them."""
        rules: dict[str, Any] | None = group["filter_rules"]
        if rules is None:
            chosen = [self.devices[key] for key in self.group_devices.get(group["id"], ()) if key in self.devices]
        else:
            own = (row for row in self.devices.values() if row["customer"] == group["customer"])
            chosen = [row for row in own if row["enabled"] and all(row[key] == value for key, value in rules.items())]
        return sorted(chosen, key=lambda row: str(row["hostname"]))
