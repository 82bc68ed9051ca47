"""Snapshots, the drift between them, drift alerts and compliance results."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from random import Random

from lab.webnet.clock import SEEDED_AT, parse, stamp
from lab.webnet.diffs import count_changes, magnitude, unified
from lab.webnet.seed.texts import config_text, long_config
from lab.webnet.tables import Row, Table

_DEVICES = (*(number for number in range(1, 36, 2) if number != 23), 131, 133, 135)
"""Every one of these has 2, 3 or 4 snapshots in turn, which gives the 59 of the recordings."""
_SOURCES = ("manual", "scheduled", "chatops", "deploy")
_BACKUP_JOBS = (12, 23, 34, 45, 56, 67, 78, 89)
_CHECK_JOBS = (92, 4, 136, 114)
_NOT_ALERTED = {1, 12, 22, 37}
_FIRST_SNAPSHOT = SEEDED_AT - timedelta(days=12)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def make_snapshots(devices: Table, recorded: dict[int, Row]) -> list[Row]:
    rows: list[Row] = []
    for place, device in enumerate(_DEVICES):
        for version in range(2 + place % 3):
            number = len(rows) + 1
            text = config_text(devices[device], version)
            row: Row = {
                "id": number,
                "device": device,
                "job": Random(f"snapshot:{number}").choice((None, *_BACKUP_JOBS)),
                "created_at": stamp(_FIRST_SNAPSHOT + timedelta(days=3 * version, minutes=-place)),
                "source": _SOURCES[version],
                "hash": digest(text),
                "config_text": text,
                "custom_fields": {},
            }
            rows.append(row | recorded.get(number, {}))
    return rows


def make_long_snapshot(number: int, device: Row, lines: int) -> Row:
    """The only config of a device that the recordings have none of; made alike every time."""
    text = long_config(device, lines)
    return {
        "id": number,
        "device": device["id"],
        "job": None,
        "created_at": stamp(SEEDED_AT - timedelta(hours=6) + timedelta(seconds=device["id"])),
        "source": "scheduled",
        "hash": digest(text),
        "config_text": text,
        "custom_fields": {},
    }


def make_drift(number: int, device: Row, older: Row, newer: Row, by: Row | None, detected_at: str) -> Row:
    """The record of what changed between two snapshots of one device."""
    diff = unified(older, newer)
    additions, deletions = count_changes(diff)
    hunks = [line for line in diff if line.startswith("@@")]
    return {
        "id": number,
        "device": device["id"],
        "device_hostname": device["hostname"],
        "snapshot_from": older["id"],
        "snapshot_to": newer["id"],
        "snapshot_from_created": older["created_at"],
        "snapshot_to_created": newer["created_at"],
        "detected_at": detected_at,
        "additions": additions,
        "deletions": deletions,
        "changes": additions + deletions,
        "total_lines": len(diff),
        "has_changes": additions + deletions > 0,
        "change_magnitude": magnitude(additions + deletions),
        "diff_summary": hunks[0] if hunks else "",
        "triggered_by": by["id"] if by else None,
        "triggered_by_username": by["username"] if by else None,
    }


def make_drifts(devices: Table, users: Mapping[int, Row], snapshots: list[Row]) -> list[Row]:
    rows: list[Row] = []
    for older, newer in pairwise(snapshots):
        if older["device"] == newer["device"]:
            number = len(rows) + 1
            detected = stamp(parse(newer["created_at"]) + timedelta(seconds=5))
            by = None if number % 5 == 1 else users[3]
            rows.append(make_drift(number, devices[newer["device"]], older, newer, by, detected))
    return rows


def make_alerts(drifts: list[Row]) -> list[Row]:
    rows: list[Row] = []
    for drift in drifts:
        if drift["id"] in _NOT_ALERTED:
            continue
        number = len(rows) + 1
        critical = drift["changes"] >= 40
        status = ("open", "acknowledged", "open", "resolved", "ignored")[number % 5]
        word = "Critical" if critical else "Significant"
        host = drift["device_hostname"]
        taken = status == "acknowledged"
        rows.append(
            {
                "id": number,
                "drift": drift["id"],
                "drift_device_hostname": host,
                "severity": "critical" if critical else "warning",
                "status": status,
                "message": f"{word} configuration drift detected on {host}: {drift['changes']} lines changed",
                "detected_at": stamp(SEEDED_AT + timedelta(seconds=2.23, milliseconds=4.2 * number)),
                "acknowledged_by": 3 if taken else None,
                "acknowledged_by_username": "oscar-operator" if taken else None,
                "acknowledged_at": stamp(SEEDED_AT) if taken else None,
                "resolution_notes": "planned change CHG0031" if status == "resolved" else "",
            }
        )
    return rows


def make_results() -> list[Row]:
    """Three policies on forty devices, one result a minute."""
    violation = {
        "violations": [{"rule": "vty-transport", "expected": "ssh", "found": "telnet ssh"}],
        "line": "line vty 0 4",
    }
    rows = []
    for index in range(120):
        random = Random(f"result:{index + 1}")
        failed = random.random() < 0.3
        rows.append(
            {
                "id": index + 1,
                "policy": index // 40 + 1,
                "device": index % 40 + 1,
                "job": random.choice(_CHECK_JOBS),
                "ts": stamp(SEEDED_AT - timedelta(minutes=200 - index)),
                "status": "fail" if failed else "pass",
                "details_json": violation if failed else {"violations": []},
            }
        )
    return rows
