"""The tokens that come with what Teams sends. Those that the bot sends stand in `app_tokens`.

A token says who sends and to which app, but does not sign the body: `Sender` is what of the body has to agree with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import jwt

from bot.teams.keys import SigningKeys

CHANNEL = "msteams"
ALGORITHM = "RS256"
HEADER = "authorization"
BEARER = re.compile(r"Bearer (?=.{1,8192}\Z)([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)", re.ASCII)
LEEWAY_S = 300  # that the clocks may differ by
MAX_KID = 200


class Unverified(Exception):
    """A request does not come from the Bot Framework, or not for an app of ours. Its words are for the log alone."""


@dataclass(frozen=True, slots=True)
class Sender:
    """For which app a request came, and from which `serviceUrl`: the activity and its workspace have to agree with both."""

    app_id: str
    service_url: str


class Verifier:
    """Verifies what comes with a request. `app_ids` are those of the workspaces."""

    def __init__(self, keys: SigningKeys, app_ids: Callable[[], Collection[str]]) -> None:
        self._keys = keys
        self._app_ids = app_ids

    def verify(self, authorization: str) -> Sender:
        """Returns who sends, by the header of this name. Raises Unverified."""
        token = BEARER.fullmatch(authorization)
        if token is None:
            raise Unverified("it has no token")
        claims = self._claims(token[1])
        app_id, service_url = claims.get("aud"), claims.get("serviceurl")
        if not isinstance(app_id, str) or app_id not in self._app_ids():
            raise Unverified("its token is for an app of no enabled workspace")
        if not isinstance(service_url, str) or not service_url:
            raise Unverified("its token names no serviceurl")
        return Sender(app_id, service_url)

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            kid = header.get("kid")
            if header.get("alg") != ALGORITHM or not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID:
                raise Unverified("the head of its token is not what the Bot Framework writes")
            found = self._keys.find(kid)
            if found is None:
                raise Unverified("the key that its token names is not among those that were read")
            issuer, key = found
            if CHANNEL not in key.endorsements:
                raise Unverified("the key of its token does not sign for Teams")
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                [ALGORITHM],
                options={
                    "require": ["exp", "iss", "aud"],
                    "verify_aud": False,
                },  # `aud` is one app, and looked at by `verify`
                issuer=issuer,
                leeway=LEEWAY_S,
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise Unverified(f"its token does not hold ({type(error).__name__})") from None
        return claims
