"""Answers requests about drift alerts and compliance."""

from lab.webnet.call import Call
from lab.webnet.look import row_of
from lab.webnet.paging import listed
from lab.webnet.responses import Response, forbidden, json_response
from lab.webnet.tables import Row


def alert_list(call: Call) -> Response:
    return listed(call, call.state.alerts, "-detected_at")


def _alert(call: Call, key: str) -> Row:
    """One alert is for admins only, also within the caller's own customer; a foreign one is not found."""
    row = row_of(call, call.state.alerts, key)
    if not call.caller.is_admin:
        raise forbidden()
    return row


def alert(call: Call, key: str) -> Response:
    return json_response(_alert(call, key))


def acknowledge(call: Call, key: str) -> Response:
    """No state check: again moves the time, and a resolved alert falls back."""
    row = _alert(call, key)
    row.update(
        status="acknowledged",
        acknowledged_by=call.caller.id,
        acknowledged_by_username=call.caller.user["username"],
        acknowledged_at=call.state.now(),
    )
    return json_response(row)


def resolve(call: Call, key: str) -> Response:
    row = _alert(call, key)
    row.update(status="resolved", resolution_notes=call.data().get("resolution_notes", ""))
    return json_response(row)


def policy_list(call: Call) -> Response:
    return listed(call, call.state.policies, "name")


def policy(call: Call, key: str) -> Response:
    return json_response(row_of(call, call.state.policies, key))


def run_policy(call: Call, key: str) -> Response:
    """The check job is a placeholder in WebNet: it makes no results."""
    row = row_of(call, call.state.policies, key)
    summary = {"filters": row["scope_json"].get("filters", row["scope_json"])}
    made = call.create_job("compliance_check", row["customer"], summary, {"policy_id": row["id"]})
    return json_response({"job_id": made, "status": "queued"}, 202)


def result_list(call: Call) -> Response:
    return listed(call, call.state.results, "-ts")


def result(call: Call, key: str) -> Response:
    return json_response(row_of(call, call.state.results, key))
