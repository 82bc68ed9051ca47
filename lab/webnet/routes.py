"""Maps each path to its handler, and says who may call it and whether it ends with a slash."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from lab.webnet import alerts, configs, inventory, jobs, keys, users
from lab.webnet.call import Call
from lab.webnet.responses import Response

Handler = Callable[..., Response]
Access = Literal["anyone", "role"]

PREFIX = "/api/v1/"
LIST = "GET, HEAD, OPTIONS"
LIST_AND_CREATE = "GET, POST, HEAD, OPTIONS"
DETAIL = "GET, PUT, PATCH, DELETE, HEAD, OPTIONS"
ACTION = "POST, OPTIONS"


@dataclass(frozen=True)
class Route:
    pattern: re.Pattern[str]
    allow: str
    handlers: dict[str, Handler]
    access: Access
    title: str

    def allows(self, method: str) -> bool:
        return method in self.allow.split(", ")


def route(path: str, allow: str, access: Access = "role", **handlers: Handler) -> Route:
    """`{key}` is anything without a slash, `{number}` only digits, as in WebNet's own two families; `[/]` is optional."""
    expression = path.replace("[/]", "/?").replace("{key}", "([^/]+)").replace("{number}", "([0-9]+)")
    title = path.partition("/")[0].rstrip("s").title() + (" Instance" if "{" in path else " List")
    return Route(re.compile(expression), allow, handlers, access, title)


ROUTES = (
    route("auth/login", ACTION, "anyone", POST=users.login),
    route("auth/refresh", ACTION, "anyone", POST=users.refresh),
    route("auth/me", LIST, "anyone", GET=users.me),
    route("users/", LIST_AND_CREATE, GET=users.user_list),
    route("users/{key}/", DETAIL, GET=users.user),
    route("users/{key}/api-keys/", LIST_AND_CREATE, GET=keys.key_list, POST=keys.make_key),
    route("users/{key}/api-keys/{key}/", DETAIL, DELETE=keys.delete_key),
    route("customers/", LIST_AND_CREATE, GET=users.customer_list),
    route("devices/", LIST_AND_CREATE, GET=inventory.device_list),
    route("devices/bulk-backup/", ACTION, POST=jobs.bulk_backup),
    route("devices/{key}/", DETAIL, GET=inventory.device, PATCH=inventory.change_device),
    route("devices/{key}/disable/", ACTION, POST=inventory.disable_device),
    route("devices/{number}/jobs[/]", LIST, GET=inventory.device_jobs),
    route("devices/{number}/snapshots[/]", LIST, GET=configs.device_snapshots),
    route("device-groups/", LIST_AND_CREATE, GET=inventory.group_list),
    route("device-groups/{key}/", DETAIL, GET=inventory.group),
    route("device-groups/{key}/devices/", LIST, GET=inventory.group_devices),
    route("device-groups/{key}/run-job/", ACTION, POST=jobs.run_group_job),
    route("schedules/", LIST_AND_CREATE, GET=inventory.schedule_list),
    route("schedules/{key}/", DETAIL, GET=inventory.schedule),
    route("schedules/{key}/toggle/", ACTION, POST=inventory.toggle_schedule),
    route("jobs/", LIST, GET=jobs.job_list),
    route("jobs/{key}/", LIST, GET=jobs.job),
    route("jobs/{number}/logs[/]", LIST, GET=jobs.logs),
    route("jobs/{number}/retry[/]", ACTION, POST=jobs.retry),
    route("jobs/{number}/cancel[/]", ACTION, POST=jobs.cancel),
    route("reachability/run", ACTION, POST=jobs.run_reachability),
    route("commands/run", ACTION, POST=jobs.run_commands),
    route("config/backup", ACTION, POST=jobs.run_backup),
    route("config/deploy/preview", ACTION, POST=jobs.deploy_preview),
    route("config/deploy/commit", ACTION, POST=jobs.deploy_commit),
    route("config/snapshots/{number}", LIST, GET=configs.snapshot),
    route("config/devices/{number}/snapshots", LIST, GET=configs.device_snapshots),
    route("config/devices/{number}/diff", LIST, GET=configs.diff),
    route("config/drift/device/{number}", LIST, GET=configs.device_drifts),
    route("config/drift/device/{number}/frequency", LIST, GET=configs.drift_frequency),
    route("config/drift/detect", ACTION, POST=configs.detect_drift),
    route("config/drift/analyze-device", ACTION, POST=configs.analyze_device),
    route("config/drift/{number}", LIST, GET=configs.drift),
    route("config/drift/alerts/", LIST_AND_CREATE, GET=alerts.alert_list),
    route("config/drift/alerts/{key}/", DETAIL, GET=alerts.alert),
    route("config/drift/alerts/{key}/acknowledge/", ACTION, POST=alerts.acknowledge),
    route("config/drift/alerts/{key}/resolve/", ACTION, POST=alerts.resolve),
    route("compliance/policies/", LIST_AND_CREATE, GET=alerts.policy_list),
    route("compliance/policies/{key}/", DETAIL, GET=alerts.policy),
    route("compliance/policies/{key}/run/", ACTION, POST=alerts.run_policy),
    route("compliance/results/", LIST, GET=alerts.result_list),
    route("compliance/results/{key}/", LIST, GET=alerts.result),
    route("chatops/slack/workspaces/", LIST_AND_CREATE, GET=inventory.workspace_list),
    route("chatops/commands/", LIST, GET=inventory.command_list),
)


def find(path: str) -> tuple[Route, tuple[str, ...]] | None:
    """Finds the route of an API path, and the parts of the path that its handler needs."""
    rest = path.removeprefix(PREFIX)
    if rest == path:
        return None
    matches = ((candidate, candidate.pattern.fullmatch(rest)) for candidate in ROUTES)
    return next(((candidate, match.groups()) for candidate, match in matches if match), None)


def handle(call: Call, found: Route, parts: tuple[str, ...]) -> Response:
    return found.handlers[call.method](call, *parts)
