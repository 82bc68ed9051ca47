#!/usr/bin/env bash
# netutils: 'allowed vlan except 100' is read as VLAN 100 alone, and VLANs that are removed as allowed ones.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check netutils==1.19.2
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from netutils.vlan import vlanconfig_to_list

WORDS = "switchport trunk allowed vlan"
trunk = vlanconfig_to_list(f"{WORDS} except 100")
removed = vlanconfig_to_list(f"{WORDS} 10-12\n {WORDS} remove 11")
print("VERSION  netutils", version("netutils"))
print("EXPECTED 1 to 4094 without 100, or an error; [10, 12]")
print("SEEN    ", trunk, removed)
sys.exit((trunk, removed) != ([100], [10, 11, 11, 12]))
EOF
