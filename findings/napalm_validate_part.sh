#!/usr/bin/env bash
# NAPALM: a validation report calls a device compliant where the expected version or address is only a part of the real one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check napalm==5.2.0
"$folder/venv/bin/python" -W ignore - <<'EOF'
import sys
from importlib.metadata import version

from napalm.base.validate import compare

# What the validation file wants, and what the device's getter brought.
wanted = {"os_version": "7.1.1", "router_id": "10.0.0.1", "is_up": True}
device = {"os_version": "17.1.10", "router_id": "10.0.0.100", "is_up": True}
result = compare(wanted, device)
complies = {name: result["present"][name]["complies"] for name in wanted}
print("VERSION  napalm", version("napalm"))
print("EXPECTED complies: False, os_version and router_id differ")
print("SEEN     complies:", result["complies"], complies)
sys.exit(not (result["complies"] is True and all(complies.values())))
EOF
