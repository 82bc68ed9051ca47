#!/usr/bin/env bash
# netcfgbu: a filter by two host names reaches every host whose name begins with the first one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check netcfgbu==0.8.0
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from netcfgbu.filtering import create_filter

hosts = ["rtr1", "rtr2", "rtr10", "rtr1-old", "rtr20"]


def left(include: bool) -> list[str]:
    fits = create_filter(["host=rtr1|rtr2"], ["host", "ipaddr", "os_name"], include=include)
    return [host for host in hosts if fits({"host": host, "ipaddr": "", "os_name": "ios"})]


print("VERSION  netcfgbu", version("netcfgbu"))
print("EXPECTED --limit: ['rtr1', 'rtr2'] --exclude: ['rtr10', 'rtr1-old', 'rtr20']")
print("SEEN     --limit:", left(True), "--exclude:", left(False))
sys.exit((left(True), left(False)) != (["rtr1", "rtr2", "rtr10", "rtr1-old"], ["rtr20"]))
EOF
