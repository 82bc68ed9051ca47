"""Makes the output of devices: the raw output of commands and the exceptions of a connection that failed."""

from datetime import datetime

from lab.webnet.answers import answer
from lab.webnet.tables import Row

NO_CONNECTION = (
    "TCP connection to device failed.\n\nCommon causes of this problem are:\n1. Incorrect hostname or IP address.\n"
    "2. Wrong TCP port.\n3. Intermediate firewall blocking access."
)
AUTHENTICATION_FAILED = (
    "Authentication to device failed.\n\nCommon causes of this problem are:\n1. Invalid username and password\n"
    "2. Incorrect SSH-key file\n3. Connecting to the wrong device"
)


_TASKS = (
    ("Gather facts", "ok"),
    ("Read the running config", "ok"),
    ("Set the NTP servers", "changed"),
    ("Set the logging hosts", "changed"),
    ("Check the BGP neighbors", "ok"),
    ("Save the config", "changed"),
)


def playbook(hosts: list[str]) -> list[tuple[str | None, str]]:
    """Returns what a playbook reports as it goes, in its order: the host, if it is about one, and the text."""
    said: list[tuple[str | None, str]] = [(None, "PLAY [all]")]
    for task, result in _TASKS:
        said += [(None, f"TASK [{task}]"), *((host, f"{result}: [{host}]") for host in hosts)]
    return [*said, (None, "PLAY RECAP"), *((host, "ok=6 changed=3 unreachable=0 failed=0") for host in hosts)]


def outputs(job: Row, device: Row, at: datetime) -> list[str]:
    """Returns the texts that a host leaves in the log of a job that worked on it: one for each command, or each protocol of a
    discovery, after which all hosts' lines are written."""
    if job["type"] == "config_backup":
        return ["Backed up config (8421 bytes)"]
    if job["type"] == "check_reachability":
        return [f"{device['hostname']} {at:%H:%M:%S} UTC {at:%a %b %d %Y}"]
    if job["type"].startswith("config_deploy"):
        return ["None"]  # a preview shows no diff either
    if job["type"] == "topology_discovery":
        return [f"{device['hostname']}: 0 neighbors by {protocol}" for protocol in ("LLDP", "CDP")]
    commands = (job["payload_json"] or {}).get("commands") or []
    if not isinstance(commands, list):
        commands = [commands]
    return [answer(str(command), device, at) for command in commands] or [""]
