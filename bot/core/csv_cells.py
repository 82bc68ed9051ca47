"""Makes cells of a CSV file safe to open in a spreadsheet."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

_FORMULA = re.compile(r"\s*[=+\-@\t\r＝＋－＠]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def safe_cell(value: Any) -> str:
    """Returns text for a CSV cell that is no formula and holds no control characters but newlines and tabs."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if not isinstance(value, str):
        return str(value)
    text = _CONTROLS.sub(_escaped, value)
    return f"'{text}" if _FORMULA.match(value) else text


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
