#!/usr/bin/env bash
# netports: VLANs that are separated by spaces become one number.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check netports==1.2.1 vhelpers==0.8.0 pydantic==2.14.4
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from netports import ivlan

KNOWN = {"10,20": [10, 20], "10 20": [1020], "10,20 30": [10, 2030]}
seen = {text: ivlan(text) for text in KNOWN}
print("VERSION  netports", version("netports"))
print("EXPECTED for the second and third: every VLAN, or an error")
print("SEEN    ", seen)
sys.exit(seen != KNOWN)
EOF
