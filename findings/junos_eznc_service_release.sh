#!/usr/bin/env bash
# junos-eznc: the tenth service release of Junos is older than the ninth.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check junos-eznc==2.8.2
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from jnpr.junos.facts.swver import version_info

PAIRS = [("21.4R3-S8.5", "21.4R3-S9.5"), ("21.4R3-S9.5", "21.4R3-S10.13"), ("12.3R9.4", "12.3R10.2"), ("15.1X49-D90.7", "15.1X49-D110.4")]
seen = [version_info(older) < version_info(newer) for older, newer in PAIRS]
print("VERSION  junos-eznc", version("junos-eznc"))
print("EXPECTED each of these:", ", ".join(f"{older} < {newer}" for older, newer in PAIRS))
print("SEEN    ", seen)
sys.exit(seen != [True, False, False, True])
EOF
