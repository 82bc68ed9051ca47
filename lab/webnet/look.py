"""Finds one row for a caller, with WebNet's two kinds of 404."""

from lab.webnet.call import Call
from lab.webnet.responses import missing, missing_empty, refuse
from lab.webnet.tables import Row, Table


def row_of(call: Call, table: Table, key: str) -> Row:
    """Finds a row of a resource route."""
    if not key.isdecimal():
        raise refuse(404, "Not found.")
    row = table.get(int(key))
    if row is None or not call.state.sees(call.caller, row):
        raise missing(table.model)
    return row


def row_of_action(call: Call, table: Table, key: str) -> Row:
    """Finds a row of an action route, where the 404 is empty."""
    row = table.get(int(key))
    if row is None or not call.state.sees(call.caller, row):
        raise missing_empty()
    return row
