#!/usr/bin/env bash
# pynetbox: a filter by an empty list of ids asks NetBox for every device.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pynetbox==7.8.0
NO_PROXY=127.0.0.1 "$folder/venv/bin/python" - <<'EOF'
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import pynetbox

asked = []


class NetBox(BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.path)
        body = b'{"count": 0, "next": null, "previous": null, "results": []}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), NetBox)
threading.Thread(target=server.serve_forever, daemon=True).start()
devices = pynetbox.api(f"http://127.0.0.1:{server.server_port}", token="none").dcim.devices


def request(**wanted):
    list(devices.filter(**wanted))
    return asked[-1]


seen = request(id=[3, 4], status="active"), request(id=[], status="active")
print("VERSION  pynetbox", version("pynetbox"))
print("EXPECTED an empty list of ids finds nothing, or is refused")
print("SEEN     id=[3, 4]:", seen[0], "| id=[]:", seen[1])
server.shutdown()
sys.exit(seen != ("/api/dcim/devices/?id=3&id=4&status=active&limit=0", "/api/dcim/devices/?status=active&limit=0"))
EOF
