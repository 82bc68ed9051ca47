"""Makes the output of devices: the raw output of commands and the exceptions of a connection that failed."""

from datetime import datetime

from lab.webnet.tables import Row

NO_CONNECTION = (
    "TCP connection to device failed.\n\nCommon causes of this problem are:\n1. Incorrect hostname or IP address.\n"
    "2. Wrong TCP port.\n3. Intermediate firewall blocking access."
)
AUTHENTICATION_FAILED = (
    "Authentication to device failed.\n\nCommon causes of this problem are:\n1. Invalid username and password\n"
    "2. Incorrect SSH-key file\n3. Connecting to the wrong device"
)
_VERSIONS = {
    "ios": "Cisco IOS XE Software, Version 17.06.05",
    "nxos": "Cisco Nexus Operating System (NX-OS) Software, version 9.3(10)",
    "junos": "Junos: 21.4R3.15",
    "eos": "Arista DCS-7050SX3, software image version 4.29.2F",
    "panos": "sw-version: 10.2.7",
}


def _answer(command: str, device: Row) -> str:
    if "version" in command:
        return f"{_VERSIONS[device['platform']]}\n{device['hostname']} uptime is 12 weeks, 3 days, 4 hours"
    if "int" in command:
        return f"Interface IP-Address OK? Method Status Protocol\nGi0/0/1 {device['mgmt_ip']} YES NVRAM up up"
    return f"{device['hostname']}: {command}"


def output(job: Row, device: Row, at: datetime) -> str:
    """Returns the text that a host leaves in the log of a job that worked on it."""
    if job["type"] == "config_backup":
        return "Backed up config (8421 bytes)"
    if job["type"] == "check_reachability":
        return f"{device['hostname']} {at:%H:%M:%S} UTC {at:%a %b %d %Y}"
    if job["type"].startswith("config_deploy"):
        return "None"  # a preview shows no diff either
    if job["type"] == "topology_discovery":
        return f"{device['hostname']}: 0 neighbors by LLDP"
    commands = (job["payload_json"] or {}).get("commands") or []
    if not isinstance(commands, list):
        commands = [commands]
    return "\n".join(f"{device['hostname']}#{command}\n{_answer(str(command), device)}" for command in commands)
