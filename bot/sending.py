"""What a failed request says about whether it was sent."""

from __future__ import annotations

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, SSLError


def never_sent(error: requests.exceptions.RequestException) -> bool:
    """True if no connection came about, so that nothing can have been done with the request."""
    if isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError)):
        return True
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError, SSLError))
