"""Answers requests about devices, device groups, schedules and what WebNet itself keeps about chat."""

from lab.webnet.call import Call
from lab.webnet.look import row_of, row_of_action
from lab.webnet.paging import listed
from lab.webnet.responses import Response, json_response


def device_list(call: Call) -> Response:
    return listed(call, call.state.devices, "hostname")


def device(call: Call, key: str) -> Response:
    return json_response(row_of(call, call.state.devices, key))


def change_device(call: Call, key: str) -> Response:
    row = row_of(call, call.state.devices, key)
    fixed = {"id", "created_at", "updated_at"}
    row.update({name: value for name, value in call.data().items() if name in row and name not in fixed})
    row["updated_at"] = call.state.now()
    return json_response(row)


def disable_device(call: Call, key: str) -> Response:
    """Works for an operator; the body of the response was not recorded."""
    row = row_of(call, call.state.devices, key)
    row.update(enabled=False, updated_at=call.state.now())
    return json_response(row)


def device_jobs(call: Call, key: str) -> Response:
    """Lists only jobs whose summary has a top-level `device_id`, which no job made through the API has."""
    wanted = row_of_action(call, call.state.devices, key)["id"]
    rows = (call.state.jobs[job] for job in reversed(call.state.visible(call.state.jobs, call.caller)))
    return json_response([row for row in rows if (row["target_summary_json"] or {}).get("device_id") == wanted])


def group_list(call: Call) -> Response:
    return listed(call, call.state.groups, "name")


def group(call: Call, key: str) -> Response:
    return json_response(row_of(call, call.state.groups, key))


def group_devices(call: Call, key: str) -> Response:
    return json_response(call.state.group_members(row_of(call, call.state.groups, key)))


def schedule_list(call: Call) -> Response:
    return listed(call, call.state.schedules, "name")


def schedule(call: Call, key: str) -> Response:
    return json_response(row_of(call, call.state.schedules, key))


def toggle_schedule(call: Call, key: str) -> Response:
    row = row_of(call, call.state.schedules, key)
    row["enabled"] = not row["enabled"]
    return json_response(row)


def workspace_list(call: Call) -> Response:
    return listed(call, call.state.workspaces)


def command_list(_call: Call) -> Response:
    return json_response({"count": 0, "next": None, "previous": None, "results": []})
