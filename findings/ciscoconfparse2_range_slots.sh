#!/usr/bin/env bash
# ciscoconfparse2: a range over two slots loses one of them, or names ports of the wrong one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ciscoconfparse2==0.9.18 hier-config==2.3.1 loguru==0.7.3
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from ciscoconfparse2 import CiscoRange

KNOWN = {
    "Gi1/0/1-2": ["Gi1/0/1", "Gi1/0/2"],
    "Eth1/1-2,Eth2/1-2": ["Eth1/1", "Eth1/2"],
    "Gi1/0/1-2,Te1/1/1-2": ["Gi1/0/1", "Gi1/0/2"],
    "Gi1/0/48,Gi2/0/1-3": ["Gi1/0/1", "Gi1/0/2", "Gi1/0/3", "Gi1/0/48"],
}
seen = {text: [str(port) for port in CiscoRange(text)] for text in KNOWN}
print("VERSION  ciscoconfparse2", version("ciscoconfparse2"))
print("EXPECTED every port of each part, such as Gi1/0/48, Gi2/0/1, Gi2/0/2, Gi2/0/3")
for text, ports in seen.items():
    print("SEEN    ", text, "=>", ports)
sys.exit(seen != KNOWN)
EOF
