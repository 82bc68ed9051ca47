#!/usr/bin/env bash
# jc: of a route that has a type, the prefix is lost, and the next hops of a multipath route are routes of their own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jc==1.26.1
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

import jc

TABLE = """default via 192.0.2.1 dev eth0 proto static metric 100
10.0.0.0/8 proto bgp metric 20
	nexthop via 192.0.2.3 dev eth0 weight 1
	nexthop via 192.0.2.4 dev eth1 weight 1
blackhole 198.51.100.0/24 proto static
unreachable 203.0.113.0/24 dev lo metric 4294967295
203.0.113.128/25 via inet6 fe80::1 dev eth1 proto bgp
"""
seen = [(route["ip"], route.get("via")) for route in jc.parse("ip_route", TABLE)]
print("VERSION  jc", version("jc"))
print("EXPECTED five routes, with 198.51.100.0/24 and 203.0.113.0/24, two next hops for 10.0.0.0/8, and fe80::1 as one")
print("SEEN    ", seen)
first = [("default", "192.0.2.1"), ("10.0.0.0/8", None), ("nexthop", "192.0.2.3"), ("nexthop", "192.0.2.4")]
sys.exit(seen != [*first, ("blackhole", None), ("unreachable", None), ("203.0.113.128/25", "inet6")])
EOF
