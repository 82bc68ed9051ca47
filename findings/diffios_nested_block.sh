#!/usr/bin/env bash
# diffios: a line that moves to another block inside a block is no difference.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check diffios==0.0.9
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from diffios import Compare

INTENDED = """policy-map WAN-OUT
 class VOICE
  priority percent 30
  set dscp ef
 class BACKUP
  bandwidth percent 5
!
hostname rtr-fra1-001
"""
RUNNING = """policy-map WAN-OUT
 class VOICE
  bandwidth percent 5
 class BACKUP
  priority percent 30
  set dscp ef
!
hostname rtr-fra1-001
"""
compared = Compare(INTENDED.splitlines(), RUNNING.splitlines())
seen = (compared.missing(), compared.additional())
other = Compare(INTENDED.splitlines(), RUNNING.replace("fra1", "muc1").splitlines())
print("VERSION  diffios", version("diffios"))
print("EXPECTED a difference, since the priority went from voice to backup (another hostname is found:", other.missing(), ")")
print("SEEN     missing and additional:", seen)
sys.exit((seen, len(other.missing()), len(other.additional())) != (([], []), 1, 1))
EOF
