#!/usr/bin/env bash
# jc: the interface of a permanent ARP entry is 'on', and that of a published one 'PUB'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jc==1.26.1
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

import jc

TABLE = """gw (192.0.2.1) at 00:1b:2c:3d:4e:5f [ether] on eth0
? (192.0.2.4) at 00:1b:2c:3d:4e:60 [ether] PERM on eth0.100
? (192.0.2.6) at 00:1b:2c:3d:4e:61 [ether] PERM PUB on eth1
"""
seen = [(entry["address"], entry["iface"]) for entry in jc.parse("arp", TABLE)]
print("VERSION  jc", version("jc"))
print("EXPECTED the interfaces eth0, eth0.100 and eth1")
print("SEEN    ", seen)
sys.exit(seen != [("192.0.2.1", "eth0"), ("192.0.2.4", "on"), ("192.0.2.6", "PUB")])
EOF
