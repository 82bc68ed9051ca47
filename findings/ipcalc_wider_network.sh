#!/usr/bin/env bash
# ipcalc: a network counts as part of a narrower one, since `in` only asks whether the two overlap.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ipcalc==1.99.0 six==1.17.0
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version
from ipaddress import ip_network

from ipcalc import Network

SITE = "10.20.0.0/16"
ASKED = ["10.20.30.0/24", "10.20.30.40", "10.21.0.0/16", "10.0.0.0/8", "0.0.0.0/0"]
right = [name for name in ASKED if ip_network(name).subnet_of(ip_network(SITE))]
seen = [name for name in ASKED if name in Network(SITE)]
print("VERSION  ipcalc", version("ipcalc"))
print("EXPECTED of the networks asked for, only these are in", SITE, "as Python's ipaddress says:", right)
print("SEEN    ", seen)
sys.exit((right, seen) != (["10.20.30.0/24", "10.20.30.40"], ["10.20.30.0/24", "10.20.30.40", "10.0.0.0/8", "0.0.0.0/0"]))
EOF
