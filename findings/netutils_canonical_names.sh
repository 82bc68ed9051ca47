#!/usr/bin/env bash
# netutils: the canonical name of an interface is one that its vendor does not write.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check netutils==1.19.2
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from netutils.interface import canonical_interface_name

KNOWN = {  # as it is typed: what the library makes of it; beside it, what stands in a config
    "Vl100": "VLAN100",  # Vlan100, on IOS
    "mgmt0": "Management0",  # mgmt0, on NX-OS
    "lo0": "Loopback0",  # lo0, on Junos
    "Te0/0/0/1": "TenGigabitEthernet0/0/0/1",  # TenGigE0/0/0/1, on IOS XR
}
seen = {name: canonical_interface_name(name) for name in KNOWN}
print("VERSION  netutils", version("netutils"))
print("EXPECTED Vlan100, mgmt0, lo0, and TenGigE0/0/0/1 from IOS XR, or a way to name the platform")
print("SEEN    ", seen)
sys.exit(seen != KNOWN)
EOF
