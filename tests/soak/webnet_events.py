"""What happens in WebNet without the bot: jobs that end well and badly, policies violated and kept, configs that change."""

from __future__ import annotations

import random
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from lab.webnet import WebNetLab
from tests.soak.delivered import COMPLIANCE_FLAG, DONE, DRIFT_FLAG, FAILED, Delivered

ACME, GLOBEX = 1, 2
KINDS = ("check_reachability", "config_backup", "run_commands")
HOSTILE = ("<!channel> & <http://evil.example|rtr>", "*no* `answer` from @here ```", "<@U0ALICE> said: no\u202e")
BROKEN = 6  # devices of each customer that fail in every job
DRIFTING = {ACME: 12, GLOBEX: 5}  # devices of their own, whose configs nothing else backs up
POLICIES = 40  # of each customer
ALERT_LATER_S = (0.0, 0.0, 8.0, 20.0)


class Pace:
    """Something that is due `per_s` times a second on average, at moments drawn from `chance`."""

    def __init__(self, per_s: float, chance: random.Random) -> None:
        self._per_s, self._chance = per_s, chance
        self._next = time.monotonic() + chance.expovariate(per_s)

    def due(self) -> bool:
        if time.monotonic() < self._next:
            return False
        self._next = max(self._next, time.monotonic() - 5.0) + self._chance.expovariate(self._per_s)
        return True


@dataclass(frozen=True)
class Rates:
    """A minute."""

    jobs: float = 100.0
    results: float = 12.0
    changes: float = 12.0
    repeated: float = 0.1  # the share of results that repeat the one before; delivered after half a minute


@dataclass
class WebNetEvents:
    """Makes events in WebNet and notes each in `delivered`, but for the jobs, which users start, too: those are counted at the end."""

    webnet: WebNetLab
    delivered: Delivered
    chance: random.Random
    rates: Rates
    devices: dict[int, list[int]] = field(default_factory=dict)
    drifting: dict[int, list[int]] = field(default_factory=dict)
    hostnames: dict[int, str] = field(default_factory=dict)
    recent_jobs: dict[int, deque[int]] = field(default_factory=dict)
    recent_alerts: deque[int] = field(default_factory=lambda: deque(maxlen=20))
    first_job: int = 0
    _lines: dict[int, int] = field(default_factory=dict)
    _serial: Any = field(default_factory=lambda: count(1))
    _policies: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    _fresh: dict[int, Any] = field(default_factory=dict)
    _failing: dict[int, deque[tuple[int, str, int]]] = field(default_factory=dict)
    _checks: dict[int, int] = field(default_factory=dict)
    _alerts: list[tuple[float, int]] = field(default_factory=list)

    def furnish(self) -> None:
        """Before the bot's first look: what is there already is history to it."""
        with self.webnet.lock:
            rows = [row for row in self.webnet.rows("devices") if row["enabled"]]
            self.hostnames = {row["id"]: row["hostname"] for row in rows}
            for customer, number in DRIFTING.items():
                own = [row["id"] for row in rows if row["customer"] == customer]
                self.drifting[customer], self.devices[customer] = own[-number:], own[:-number]
                for device in self.drifting[customer]:
                    self._lines[device] = 0
                    self.webnet.store_config(device, self._config(device, 0))
                for device, reason in zip(self.devices[customer][-BROKEN:], HOSTILE * BROKEN, strict=False):
                    self.webnet.break_device(device, reason)
                self._policies[customer] = [
                    (int(self.webnet.add("policies", customer=customer, name=name)["id"]), name)
                    for name in (f"soak-{customer}-{number}" for number in range(POLICIES))
                ]
                self._fresh[customer] = self._pairs(customer)
                self._failing[customer] = deque()
                self.recent_jobs[customer] = deque(maxlen=30)
            self.first_job = max(row["id"] for row in self.webnet.rows("jobs")) + 1

    def begin(self) -> None:
        """The feeds have had their first look."""
        self._jobs = Pace(self.rates.jobs / 60, self.chance)
        self._results = Pace(self.rates.results / 60, self.chance)
        self._changes = Pace(self.rates.changes / 60, self.chance)

    def tick(self) -> None:
        if self._jobs.due():
            self._start_job(self._customer())
        if self._results.due():
            self._check(self._customer())
        if self._changes.due():
            self._change(self._customer())
        self.raise_alerts()

    def raise_alerts(self, *, all_of_them: bool = False) -> None:
        """Those whose time has come."""
        due = [one for one in self._alerts if all_of_them or one[0] <= time.monotonic()]
        self._alerts = [one for one in self._alerts if one not in due]
        for _, drift in due:
            self._alert(drift)

    def all_ended(self) -> bool:
        return all(row["finished_at"] for row in self.webnet.rows("jobs") if row["id"] >= self.first_job)

    def count_jobs(self) -> None:
        """All that were started since the beginning, by whomever."""
        with self.webnet.lock:
            for row in self.webnet.rows("jobs"):
                if row["id"] >= self.first_job:
                    errors = any(line["level"] == "ERROR" for line in self.webnet.logs(row["id"]))
                    flag = FAILED if row["status"] == "failed" or errors else DONE
                    self.delivered.happen(("job", str(row["id"])), row["customer"], flag)

    def _customer(self) -> int:
        return self.chance.choices((ACME, GLOBEX), (3, 1))[0]

    def _start_job(self, customer: int) -> None:
        kind, device = self.chance.choice(KINDS), self.chance.choice(self.devices[customer])
        with self.webnet.lock:
            if self.chance.random() < 0.05:
                self.webnet.fail_next(kind, self.chance.choice(HOSTILE))
            payload = {"commands": ["show version"]} if kind == "run_commands" else {}
            job = self.webnet.start_job(kind, [device], customer=customer, user=3 if customer == ACME else 5, **payload)
        self.recent_jobs[customer].append(job)

    # --- compliance

    def _pairs(self, customer: int) -> Any:
        """Each device with each policy, again and again: by the second time the first have been mended."""
        while True:
            for policy, name in self._policies[customer]:
                for device in self.devices[customer]:
                    yield policy, name, device

    def _check(self, customer: int) -> None:
        failing = self._failing[customer]
        draw = self.chance.random()
        if draw < self.rates.repeated and len(failing) >= 3:
            self._repeat(customer)
        elif draw < 0.5 and failing:
            policy, name, device = failing.popleft()
            self._result(customer, policy, device, "pass")
            self.delivered.happen(("compliance", self.hostnames[device], "keeps", name), customer, COMPLIANCE_FLAG)
        else:
            policy, name, device = next(self._fresh[customer])
            failing.append((policy, name, device))
            self._result(customer, policy, device, "fail")
            self.delivered.happen(("compliance", self.hostnames[device], "violates", name), customer, COMPLIANCE_FLAG)

    def _repeat(self, customer: int) -> None:
        """Some that fail as before are one line."""
        name = self._failing[customer][0][1]
        same = [one for one in self._failing[customer] if one[1] == name]
        with self.webnet.lock:  # one transaction of WebNet's
            job = self._check_job(customer)
            for policy, _, device in same:
                self._result(customer, policy, device, "fail", job)
        self.delivered.happen(("compliance", f"{len(same)} devices", "repeated", name), customer, COMPLIANCE_FLAG)

    def _check_job(self, customer: int) -> int:
        return self.webnet.start_job("compliance_check", [], customer=customer, user=2)

    def _result(self, customer: int, policy: int, device: int, status: str, job: int | None = None) -> None:
        if (job is None and next(self._serial) % 10 == 0) or customer not in self._checks:
            self._checks[customer] = self._check_job(customer)
        rules = [{"rule": "vty-transport", "expected": "ssh", "found": self.chance.choice(HOSTILE)}]
        details = {"violations": rules if status == "fail" else []}
        number = job or self._checks[customer]
        self.webnet.add("results", policy=policy, device=device, job=number, status=status, details_json=details)

    # --- drift

    def _config(self, device: int, lines: int) -> str:
        serial = next(self._serial)
        hop = f"10.9.{serial % 65_536 // 256}.{serial % 256}"
        changed = [f"ip route 10.{device}.{line % 256}.0 255.255.255.0 {hop}" for line in range(lines)]
        return "\n".join((f"hostname {self.hostnames[device]}", "!", *changed, "!", "end", ""))

    def _change(self, customer: int) -> None:
        """Every line is replaced, and one more comes: so no two changes of a device look alike."""
        device = self.chance.choice(self.drifting[customer])
        before = self._lines[device]
        after = self._lines[device] = before + 1
        host = self.hostnames[device]
        with self.webnet.lock:
            older = next(self.webnet.state.snapshots_of(device))["id"]
            newer = self.webnet.store_config(device, self._config(device, after))["id"]
            self.delivered.happen(("drift", host, str(after), str(before)), customer, DRIFT_FLAG)
            if self.chance.random() < 0.5:
                drift = self.webnet.add("drifts", device=device, snapshot_from=older, snapshot_to=newer)["id"]
                self._alerts.append((time.monotonic() + self.chance.choice(ALERT_LATER_S), int(drift)))

    def _alert(self, drift: int) -> None:
        with self.webnet.lock:
            row = self.webnet.row("drifts", drift)
            newer = self.webnet.row("snapshots", row["snapshot_to"])["config_text"].count("ip route")
            device = row["device"]
            customer = ACME if device in self.drifting[ACME] else GLOBEX
            own = {"drift_device_hostname": self.hostnames[device], "drift": drift, "status": "open"}
            usual = {"severity": "critical", "message": self.chance.choice(HOSTILE)}
            alert = int(self.webnet.add("alerts", **own, **usual)["id"])
        key = ("alert", str(alert), self.hostnames[device], str(newer), str(newer - 1))
        self.delivered.happen(key, customer, DRIFT_FLAG)
        if customer == ACME:
            self.recent_alerts.append(alert)
