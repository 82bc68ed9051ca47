#!/usr/bin/env bash
# nornir: a filter by all groups of an empty list picks every host, where one by any group picks none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check nornir==3.6.0
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from nornir.core.filter import F
from nornir.core.inventory import Group, Groups, Host, Hosts, Inventory, ParentGroups

core = Group("core")
hosts = Hosts(
    {"rtr-fra1-001": Host("rtr-fra1-001", groups=ParentGroups([core])), "lsw-ams2-002": Host("lsw-ams2-002")}
)
inventory = Inventory(hosts=hosts, groups=Groups({"core": core}))
wanted: list[str] = []  # what somebody asked for, after unknown names were left out
every = sorted(inventory.filter(F(groups__all=wanted)).hosts)
some = sorted(inventory.filter(F(groups__any=wanted)).hosts)
print("VERSION  nornir", version("nornir"))
print("EXPECTED no host for either")
print("SEEN     all:", every, "any:", some)
sys.exit((every, some) != (["lsw-ams2-002", "rtr-fra1-001"], []))
EOF
