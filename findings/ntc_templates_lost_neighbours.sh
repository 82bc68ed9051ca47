#!/usr/bin/env bash
# ntc-templates: a BGP neighbour from a listen range, and an OSPF one without a dead time, are missing from the table, without an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ntc-templates==9.3.0 textfsm==1.1.3
"$folder/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import version

from ntc_templates.parse import parse_output

BGP = """BGP router identifier 192.0.2.1, local AS number 65001
BGP table version is 10, main routing table version 10

Neighbor        V           AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd
192.0.2.2       4        65002     100     101       10    0    0 01:10:11       12
*192.0.2.9      4        65009     100     101       10    0    0 00:10:11        7
192.0.2.10      4        65010     100     101       10    0    0 00:10:11        3
* Dynamically created based on a listen range command
Dynamically created neighbors: 1, Subnet ranges: 1
"""
OSPF = """
Neighbor ID     Pri   State           Dead Time   Address         Interface
192.0.2.2         1   FULL/DR         00:00:35    198.51.100.2    GigabitEthernet0/0
192.0.2.6         0   FULL/  -           -        198.51.100.6    OSPF_VL0
"""
bgp = [row["bgp_neighbor"] for row in parse_output("cisco_ios", "show ip bgp summary", BGP)]
ospf = [row["neighbor_id"] for row in parse_output("cisco_ios", "show ip ospf neighbor", OSPF)]
print("VERSION  ntc-templates", version("ntc-templates"))
print("EXPECTED three BGP neighbours and two OSPF neighbours, or an error")
print("SEEN    ", bgp, ospf)
sys.exit((bgp, ospf) != (["192.0.2.2", "192.0.2.10"], ["192.0.2.2"]))
EOF
