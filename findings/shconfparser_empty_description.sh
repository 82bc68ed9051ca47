#!/usr/bin/env bash
# shconfparser: in the table of "show interfaces description" the ports without a description are missing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check shconfparser==3.1.1
"$folder/venv/bin/python" - 2>/dev/null <<'EOF'
import sys
from importlib.metadata import version

from shconfparser import Parser

SHOWN = """\
Interface                      Status         Protocol Description
Gi0/0                          up             up       uplink to core
Gi0/1                          admin down     down
Gi0/2                          up             up       printer
"""
table = Parser().parse_table(SHOWN.splitlines(), ["Interface", "Status", "Protocol", "Description"])
seen = [row["Interface"] for row in table]
print("VERSION  shconfparser", version("shconfparser"))
print("EXPECTED Gi0/0, Gi0/1 with an empty description, Gi0/2")
print("SEEN    ", ", ".join(seen))
sys.exit(seen != ["Gi0/0", "Gi0/2"])
EOF
