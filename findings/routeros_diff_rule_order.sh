#!/usr/bin/env bash
# routeros-diff: firewall rules that change places are no difference, although each has an id that is there to keep the order.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check routeros-diff==0.5.3
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from routeros_diff.parser import RouterOSConfig

ACCEPT = 'add action=accept chain=input src-address=192.0.2.0/24 comment="[ ID:office ]"\n'
DROP = 'add action=drop chain=input comment="[ ID:rest ]"\n'


def patch(old: str, new: str) -> str:
    section = "/ip firewall filter\n"
    return str(RouterOSConfig.parse(section + new).diff(RouterOSConfig.parse(section + old)))


moved = patch(ACCEPT + DROP, DROP + ACCEPT)
added = patch(DROP, ACCEPT + DROP)
print("VERSION  routeros-diff", version("routeros-diff"))
print("EXPECTED a patch that moves a rule, as a rule that is added comes with its place")
print("SEEN     moved:", repr(moved), "added:", repr(added))
sys.exit(moved != "" or "place-before" not in added)
EOF
