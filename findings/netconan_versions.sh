#!/usr/bin/env bash
# netconan: software versions, OIDs and area numbers of four parts are replaced as if they were addresses.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check netconan==0.15.0 passlib==1.7.4 bidict==0.24.1
"$folder/venv/bin/python" - <<'EOF'
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from netconan.netconan import main

LINES = [
    "version 15.2.4.8",
    "snmp-server view V 1.3.6.1 included",
    " area 0.0.0.10 stub",
    " router-id 0.0.0.1",
    " ip address 192.0.2.1 255.255.255.0",
]
with tempfile.TemporaryDirectory() as name:
    old, new = Path(name, "old"), Path(name, "new")
    old.mkdir()
    (old / "rtr-fra1-001.cfg").write_text("\n".join(LINES) + "\n")
    main(["-i", str(old), "-o", str(new), "-a", "-s", "a salt"])
    seen = (new / "rtr-fra1-001.cfg").read_text().splitlines()
print("VERSION  netconan", version("netconan"))
print("EXPECTED only the last line changes")
for was, now in zip(LINES, seen, strict=True):
    print("SEEN    ", was, "=>", now)
sys.exit([was != now for was, now in zip(LINES, seen, strict=True)] != [True, True, True, False, True])
EOF
