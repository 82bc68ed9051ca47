#!/usr/bin/env bash
# aerleon: its check of a packet takes a term for a match that its own output leaves out for that packet.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aerleon==1.18.0 absl-py==2.5.1
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from aerleon import api
from aerleon.lib.naming import Naming

names = Naming()
networks = {"OFFICES": "192.0.2.0/24", "GUESTS": "192.0.2.128/25", "ROUTER": "198.51.100.1/32"}
parts = {name: {"values": [{"address": address}]} for name, address in networks.items()}
names.ParseDefinitionsObject({"networks": parts, "services": {"SSH": [{"protocol": "tcp", "port": 22}]}}, "")
to_router = {"destination-address": "ROUTER", "destination-port": "SSH", "protocol": "tcp"}
terms = [
    {"name": "trial", "source-address": "GUESTS", **to_router, "expiration": "2020-01-01", "action": "accept"},
    {"name": "staff", "source-address": "OFFICES", "source-exclude": "GUESTS", **to_router, "action": "accept"},
    {"name": "rest", "action": "deny"},
]


def policy(chosen: list[dict[str, str]]) -> dict[str, object]:
    return {"filename": "mgmt", "filters": [{"header": {"targets": {"cisco": "MGMT extended"}}, "terms": chosen}]}


def matches(chosen: list[dict[str, str]], source: str) -> list[str]:
    return list(api.AclCheck(policy(chosen), names, source, "198.51.100.1", "40000", "22", "tcp")["MGMT"])


(written,) = api.Generate([policy(terms)], names).values()
rules = [line.strip() for line in written.splitlines() if line.strip().startswith(("permit", "deny"))]
seen = [matches(terms, "192.0.2.200"), matches(terms[1:], "192.0.2.200"), matches(terms, "192.0.2.10")]
print("VERSION  aerleon", version("aerleon"))
print("EXPECTED a guest meets rest, with and without the term that ran out; an office meets staff. The rules as written:", rules)
print("SEEN    ", seen)
as_written = ["permit tcp 192.0.2.0 0.0.0.127 host 198.51.100.1 eq 22", "deny ip any any"]
sys.exit((rules, seen) != (as_written, [["trial"], ["staff"], ["staff"]]))
EOF
