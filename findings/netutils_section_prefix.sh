#!/usr/bin/env bash
# netutils: the section of one access list takes the lines of every access list whose name begins alike.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check netutils==1.19.2
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from netutils.config.compliance import compliance, section_config

running = """ip access-list extended MGMT
 permit tcp host 192.0.2.10 any eq 22
ip access-list extended MGMT-OUT
 deny ip any any
"""
intended = "\n".join(running.splitlines()[:2]) + "\n"
feature = {"name": "mgmt", "ordered": True, "section": ["ip access-list extended MGMT"]}
section = section_config(feature, running, "cisco_ios").splitlines()
report = compliance([feature], running, intended, "cisco_ios", "string")["mgmt"]
print("VERSION  netutils", version("netutils"))
print("EXPECTED a section of 2 lines, compliant: the other list is another section")
print("SEEN     a section of", len(section), "lines, compliant:", report["compliant"], "| extra:", repr(report["extra"]))
sys.exit(not (len(section) == 4 and report["compliant"] is False and "MGMT-OUT" in report["extra"]))
EOF
