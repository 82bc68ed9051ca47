#!/usr/bin/env bash
# syslog-rfc5424-parser: of a parameter that stands twice in an element only the last value is kept.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check syslog-rfc5424-parser==0.3.2
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from syslog_rfc5424_parser import SyslogMessage

SENT = '<165>1 2026-11-29T07:00:00Z rtr1 acl - - [origin ip="192.0.2.1" ip="192.0.2.2"] link down'
seen = SyslogMessage.parse(SENT).sd
print("VERSION  syslog-rfc5424-parser", version("syslog-rfc5424-parser"))
print("EXPECTED both addresses of the origin: RFC 5424, 7.2.1, lets `ip` stand several times")
print("SEEN    ", seen)
sys.exit(seen != {"origin": {"ip": "192.0.2.2"}})
EOF
