#!/usr/bin/env bash
# ciscoconfparse2: a line of a banner is found as an interface, and an indented one is a child twice.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ciscoconfparse2==0.9.18 hier-config==2.3.1 loguru==0.7.3
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from ciscoconfparse2 import CiscoConfParse

CONFIG = """hostname rtr-fra1-001
banner motd ^C
 Authorised staff only
interface GigabitEthernet0/9 is for the lab, ask before use
^C
interface GigabitEthernet0/1
 description uplink
end
"""
parsed = CiscoConfParse(CONFIG.splitlines(), syntax="ios")
interfaces = [line.text for line in parsed.find_objects(r"^interface")]
children = [line.text for line in parsed.find_objects(r"^banner")[0].children]
print("VERSION  ciscoconfparse2", version("ciscoconfparse2"))
print("EXPECTED one interface, GigabitEthernet0/1; each line of the banner a child once")
print("SEEN     interfaces:", interfaces)
print("SEEN     children of the banner:", children)
known = (["interface GigabitEthernet0/9 is for the lab, ask before use", "interface GigabitEthernet0/1"], 2)
sys.exit((interfaces, children.count(" Authorised staff only")) != known)
EOF
