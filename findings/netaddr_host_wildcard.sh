#!/usr/bin/env bash
# netaddr and ipaddress: the wildcard mask of one host, 0.0.0.0, means every address.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check netaddr==1.3.0
"$folder/venv/bin/python" - <<'EOF'
import ipaddress
import sys
from importlib.metadata import version

from netaddr import IPNetwork

WILDCARDS = ("0.0.0.255", "0.0.0.3", "0.0.0.1", "0.0.0.0")
seen = [IPNetwork(f"192.0.2.4/{wildcard}").prefixlen for wildcard in WILDCARDS]
library = [ipaddress.ip_interface(f"192.0.2.4/{wildcard}").network.prefixlen for wildcard in WILDCARDS]
print("VERSION  netaddr", version("netaddr"), "Python", ".".join(map(str, sys.version_info[:3])))
print("EXPECTED the prefixes of", WILDCARDS, "are 24, 30, 31 and 32, or the last is refused")
print("SEEN    ", seen, "and in Python's ipaddress", library)
sys.exit((seen, library) != ([24, 30, 31, 0], [24, 30, 31, 0]))
EOF
