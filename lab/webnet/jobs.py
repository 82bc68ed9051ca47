"""Answers requests about jobs: lists, logs, retry, cancel, and the ways to start one."""

from typing import Any

from lab.webnet.call import Call, whole_number
from lab.webnet.look import row_of, row_of_action
from lab.webnet.paging import listed
from lab.webnet.responses import Response, crash, json_response, missing, refuse
from lab.webnet.tables import Row


def job_list(call: Call) -> Response:
    return listed(call, call.state.jobs)


def job(call: Call, key: str) -> Response:
    return json_response(row_of(call, call.state.jobs, key))


def logs(call: Call, key: str) -> Response:
    """Lists log lines, the newest first: 500 unless `limit` says otherwise."""
    row = row_of_action(call, call.state.jobs, key)
    limit = whole_number(call.param("limit") or 500)
    if limit < 0:
        raise crash()
    return json_response(call.state.log_lines(row["id"])[::-1][:limit])


def _own_job(call: Call, key: str) -> Row:
    row = call.state.jobs.get(int(key))
    if row is None or not call.state.sees(call.caller, row):
        raise missing("Job")
    return row


def _queued(job_id: int, **more: Any) -> Response:
    return json_response({"job_id": job_id, "status": "queued", **more}, 202)


def retry(call: Call, key: str) -> Response:
    """Makes a new job in the name of the caller, whatever the state of the old one."""
    row = _own_job(call, key)
    made = call.create_job(row["type"], row["customer"], row["target_summary_json"], row["payload_json"])
    return _queued(made)


def cancel(call: Call, key: str) -> Response:
    row = _own_job(call, key)
    if row["status"] not in {"queued", "scheduled"}:
        raise refuse(400, "Cannot cancel running or finished jobs")
    row.update(status="cancelled", finished_at=call.state.now())
    return json_response({"status": "cancelled"})


def _customer(call: Call, data: dict[str, Any]) -> int:
    """Reads the customer from the body or the query; only a non-admin with exactly one customer may leave it out."""
    given = data.get("customer_id") or call.param("customer_id")
    mine = call.caller.user["customers"]
    if given:
        customer = whole_number(given)
        if customer in call.state.customers and call.caller.sees(customer):
            return customer
    elif not call.caller.is_admin and len(mine) == 1:
        return int(mine[0])
    raise refuse(400, "customer_id required or no access")


def _start(call: Call, kind: str, payload: dict[str, Any]) -> Response:
    """Validates nothing but the customer: no targets means every enabled device."""
    data = call.data()
    customer = _customer(call, data)
    targets = data.get("targets") or {}
    if not isinstance(targets, dict):
        raise crash()
    if kind == "check_reachability":
        payload = {"targets": targets}
    return _queued(call.create_job(kind, customer, {"filters": targets}, payload))


def run_reachability(call: Call) -> Response:
    return _start(call, "check_reachability", {})


def run_commands(call: Call) -> Response:
    data = call.data()
    return _start(call, "run_commands", {"commands": data.get("commands", []), "timeout": data.get("timeout", 30)})


def run_backup(call: Call) -> Response:
    return _start(call, "config_backup", {"source_label": call.data().get("source_label", "manual")})


def _deploy(call: Call, kind: str) -> Response:
    data = call.data()
    return _start(call, kind, {"mode": data.get("mode", "merge"), "snippet": data.get("snippet", "")})


def deploy_preview(call: Call) -> Response:
    return _deploy(call, "config_deploy_preview")


def deploy_commit(call: Call) -> Response:
    return _deploy(call, "config_deploy_commit")


def bulk_backup(call: Call) -> Response:
    """Makes one job per customer, with devices by hostname; devices that the caller does not see are dropped silently."""
    ids = call.data().get("device_ids", [])
    if not isinstance(ids, list):
        raise crash()
    wanted = [call.state.devices.get(whole_number(key)) for key in ids]
    seen = [row for row in wanted if row and call.state.sees(call.caller, row)]
    seen.sort(key=lambda row: str(row["hostname"]))
    made = []
    for customer in dict.fromkeys(row["customer"] for row in seen):
        ids = [row["id"] for row in seen if row["customer"] == customer]
        job_id = call.create_job("config_backup", customer, {"filters": {"device_ids": ids}}, {"source_label": "bulk"})
        made.append({"job_id": job_id, "device_count": len(ids)})
    return json_response({"jobs": made, "total_devices": len(seen)}, 202)


def run_group_job(call: Call, key: str) -> Response:
    """Shows a danger of WebNet: the job is not restricted to the group, so it runs on every enabled device of the customer."""
    row = row_of(call, call.state.groups, key)
    data = call.data()
    payload = data.get("payload") or {}
    if not data.get("job_type"):
        raise refuse(400, "job_type is required")
    if not isinstance(payload, dict):
        raise crash()
    ids = [device["id"] for device in call.state.group_members(row)]
    if not ids:
        raise refuse(400, "Group has no devices")
    summary = {"group_id": row["id"], "group_name": row["name"]}
    made = call.create_job(data["job_type"], row["customer"], summary, {**payload, "device_ids": ids})
    return _queued(made, device_count=len(ids))
