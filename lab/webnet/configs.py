"""Answers requests about snapshots, diffs and drift."""

from datetime import timedelta
from itertools import pairwise

from lab.webnet.call import Call, whole_number
from lab.webnet.clock import parse
from lab.webnet.diffs import unified
from lab.webnet.look import row_of_action
from lab.webnet.paging import ordered
from lab.webnet.responses import Response, crash, json_response, missing_empty, refuse
from lab.webnet.seed.configs import make_drift
from lab.webnet.tables import Row


def snapshot(call: Call, key: str) -> Response:
    return json_response(row_of_action(call, call.state.snapshots, key))


def device_snapshots(call: Call, key: str) -> Response:
    """Lists snapshots, the newest first, each with its whole text."""
    device = row_of_action(call, call.state.devices, key)
    return json_response(list(call.state.snapshots_of(device["id"])))


def diff(call: Call, key: str) -> Response:
    device = row_of_action(call, call.state.devices, key)
    given = call.param("from"), call.param("to")
    if not all(given):
        raise refuse(400, "from and to query params required")
    found = [call.state.snapshots.get(whole_number(text)) for text in given]
    older, newer = (row if row and row["device"] == device["id"] else None for row in found)
    if older is None or newer is None:
        raise refuse(404, "snapshot not found for device")
    lines = unified(older, newer)
    return json_response({"from": older["id"], "to": newer["id"], "diff": "\n".join(lines)})


def _recent_drifts(call: Call, key: str) -> tuple[list[Row], int]:
    """Lists drifts, the newest first, with the number of days that were searched."""
    device = row_of_action(call, call.state.devices, key)
    days = whole_number(call.param("days") or 30)
    since = call.state.clock() - timedelta(days=days)
    own = (row for row in call.state.drifts.values() if row["device"] == device["id"])
    rows = [row for row in own if parse(row["detected_at"]) >= since]
    return ordered(rows, ["-detected_at"]), days


def device_drifts(call: Call, key: str) -> Response:
    return json_response(_recent_drifts(call, key)[0])


def drift_frequency(call: Call, key: str) -> Response:
    rows, days = _recent_drifts(call, key)
    additions, deletions = (sum(row[name] for row in rows) for name in ("additions", "deletions"))
    return json_response(
        {
            "total_changes": len(rows),
            "total_additions": additions,
            "total_deletions": deletions,
            "avg_changes_per_drift": (additions + deletions) / len(rows) if rows else 0,
            "days_analyzed": days,
        }
    )


def drift(_call: Call, _key: str) -> Response:
    """Crashes for everybody and every id."""
    raise crash()


def _detected(call: Call, older: Row, newer: Row) -> Row:
    """The drift between two snapshots: the record there is, or a new one."""
    for row in call.state.drifts.values():
        if (row["snapshot_from"], row["snapshot_to"]) == (older["id"], newer["id"]):
            return row
    device = call.state.devices[newer["device"]]
    number = call.state.drifts.next_id
    return call.state.drifts.add(make_drift(number, device, older, newer, call.caller.user, call.state.now()))


def detect_drift(call: Call) -> Response:
    data = call.data()
    names = ("snapshot_from_id", "snapshot_to_id")
    older, newer = (row_of_action(call, call.state.snapshots, str(whole_number(data.get(name)))) for name in names)
    return json_response(_detected(call, older, newer), 201)


def analyze_device(call: Call) -> Response:
    device = call.state.devices.get(whole_number(call.data().get("device_id")))
    if device is None or not call.state.sees(call.caller, device):
        raise missing_empty()
    oldest_first = [*call.state.snapshots_of(device["id"])][::-1]
    drifts = [_detected(call, older, newer) for older, newer in pairwise(oldest_first)]
    return json_response({"device_id": device["id"], "drifts_analyzed": len(drifts), "drifts": drifts})
