#!/usr/bin/env bash
# ntc-templates: a platform of two words gives its second word to the port, and a CDP neighbour without capabilities is lost.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ntc-templates==9.3.0 textfsm==2.1.0
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from ntc_templates.parse import parse_output

OUTPUT = """Device ID        Local Intrfce     Holdtme    Capability  Platform  Port ID
sw-fra1-002      Gig 1/0/1         142             R S I  WS-C3850- Gig 1/0/48
esx-fra1-001     Gig 1/0/5         130               S    VMware ES vmnic0
fw-fra1-001      Gig 1/0/6         151                    PA-3220   ethernet1/1
"""
rows = parse_output(platform="cisco_ios", command="show cdp neighbors", data=OUTPUT)
seen = [(row["neighbor_name"], row["platform"], row["neighbor_interface"]) for row in rows]
print("VERSION  ntc-templates", version("ntc-templates"), "textfsm", version("textfsm"))
print("EXPECTED three neighbours, with the ports Gig 1/0/48, vmnic0 and ethernet1/1")
print("SEEN    ", seen)
sys.exit(seen != [("sw-fra1-002", "WS-C3850-", "Gig 1/0/48"), ("esx-fra1-001", "VMware", "ES vmnic0")])
EOF
