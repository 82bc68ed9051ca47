#!/usr/bin/env bash
# pyeapi: the word any in a standard access list of EOS is read as the one host 0.0.0.0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyeapi==1.0.4
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from pyeapi.api.acl import StandardAcls
from pyeapi.client import Node

RUNNING = """ip access-list standard MGMT
   10 deny host 198.51.100.7
   20 permit any
   30 permit 192.0.2.0/24
!
end
"""


class Connection:
    """A device that has the config above, and keeps what it is sent."""

    sent: list[object] = []

    def execute(self, commands: list[object], encoding: str = "json", **_: object) -> dict[str, object]:
        self.sent += commands
        return {"result": [{"output": RUNNING} for _ in commands]}


node = Node(Connection(), autorefresh=False)
lists = StandardAcls(node)
entry = lists.get("MGMT")["entries"]["20"]
seen = (entry["action"], entry["srcaddr"], str(entry["srclen"]))
lists.add_entry("COPY", *seen)
(written,) = [command for command in Connection.sent if str(command).startswith("permit")]
print("VERSION  pyeapi", version("pyeapi"))
print("EXPECTED permit any, or 0.0.0.0 with the length 0, and the same written to another list")
print("SEEN    ", seen, "| written to a copy:", written)
sys.exit((seen, written) != (("permit", "0.0.0.0", "32"), "permit 0.0.0.0/32"))
EOF
