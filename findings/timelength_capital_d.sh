#!/usr/bin/env bash
# timelength: 3D is thirty years, P1D ten, and a minus sign is lost; each is called a success.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check timelength==3.0.4
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from timelength import TimeLength

DAY = 86_400
KNOWN = {"2H": 2 * 3_600, "3d": 3 * DAY, "3D": 30 * 365 * DAY, "P1D": 10 * 365 * DAY, "1h30": 3_600, "-5m": 300}
seen = {text: TimeLength(text).result for text in KNOWN}
print("VERSION  timelength", version("timelength"))
print("EXPECTED 3D as 3d, P1D one day, 1h30 ninety minutes, -5m refused, or success=False")
for text, result in seen.items():
    print("SEEN    ", text, "=>", result.seconds, "seconds, success", result.success)
sys.exit({text: result.success and result.seconds for text, result in seen.items()} != KNOWN)
EOF
