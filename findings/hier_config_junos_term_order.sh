#!/usr/bin/env bash
# hier-config: the order of terms of a Junos filter is lost, so a term that must come before the last one comes after it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check hier-config==3.7.1 pydantic==2.14.4
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from hier_config import Platform, WorkflowRemediation, get_hconfig

TERM = "set firewall family inet filter MGMT term "
SSH, REST = f"{TERM}ssh then accept\n", f"{TERM}rest then discard\n"
SNMP = f"{TERM}snmp from source-address 198.51.100.0/24\n{TERM}snmp then accept\n"


def remediation(running: str, intended: str) -> list[str]:
    configs = [get_hconfig(Platform.JUNIPER_JUNOS, text) for text in (running, intended)]
    return [line.cisco_style_text().strip() for line in WorkflowRemediation(*configs).remediation_config.all_children_sorted()]


inserted, swapped = remediation(SSH + REST, SSH + SNMP + REST), remediation(REST + SSH, SSH + REST)
print("VERSION  hier-config", version("hier-config"))
print("EXPECTED an insert of term snmp before term rest; an insert of term ssh before term rest")
print("SEEN     term snmp in the middle:", inserted)
print("SEEN     terms in another order:", swapped)
sys.exit((inserted, swapped) != (SNMP.splitlines(), []))
EOF
