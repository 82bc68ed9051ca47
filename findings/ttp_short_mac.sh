#!/usr/bin/env bash
# ttp: a MAC address without leading zeros becomes another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ttp==0.10.1
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from ttp import ttp

TABLE = """198.51.100.7 0:1b:2c:3d:4e:5f vlan10
198.51.100.8 0:1b:2c:3d:4e:05 vlan10
198.51.100.9 00:1b:2c:3d:4e:5f vlan10
"""
parser = ttp(data=TABLE, template="{{ ip }} {{ mac | mac_eui }} {{ port }}")
parser.parse()
seen = [row["mac"] for row in parser.result()[0][0]]
print("VERSION  ttp", version("ttp"))
print("EXPECTED each octet as it stands:", ["00:1b:2c:3d:4e:5f", "00:1b:2c:3d:4e:05", "00:1b:2c:3d:4e:5f"])
print("SEEN    ", seen)
sys.exit(seen != ["01:b2:c3:d4:e5:f0", "01:b2:c3:d4:e0:50", "00:1b:2c:3d:4e:5f"])
EOF
