#!/usr/bin/env bash
# cisco-acl: a rule on IP options or TTL is left out of the list that is written again, and only the log says so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cisco-acl==3.3.5 netports==1.2.1 vhelpers==0.8.0
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from cisco_acl import Acl

LIST = """ip access-list extended EDGE-IN
 deny ip any any option any-options
 deny ip any any ttl lt 6
 permit tcp any host 192.0.2.1 eq 443
"""
kept = [item.line for item in Acl(LIST, platform="ios").items]
print("VERSION  cisco-acl", version("cisco-acl"))
print("EXPECTED three rules, or an error that names what is not understood")
print("SEEN    ", kept)
sys.exit(kept != ["permit tcp any host 192.0.2.1 eq 443"])
EOF
