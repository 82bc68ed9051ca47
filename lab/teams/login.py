"""Microsoft's side of tokens: the OpenID document and the keys of the Bot Framework, and the login where an app gets a token."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from aiohttp import web

from lab.teams.signing import Signer

ISSUER = "https://api.botframework.com"
SCOPE = "https://api.botframework.com/.default"
LASTS_S = 86_399


@dataclass
class Login:
    """`apps` are the passwords by tenant and app id, `tokens` those that are valid, by the same. `read` counts how often the keys
    were read and `asked` how often a token; with a status in `away` all of it is answered by that alone."""

    apps: dict[tuple[str, str], str] = field(default_factory=dict)
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    signers: list[Signer] = field(default_factory=lambda: [Signer("key-1")])
    own: Signer = field(default_factory=lambda: Signer("login"))
    lasts_s: int = LASTS_S
    read: int = 0
    asked: int = 0
    away: int = 0

    def rotate(self, kid: str) -> Signer:
        """Publishes a new key in place of the old ones."""
        self.signers = [Signer(kid)]
        return self.signers[0]

    def token(self, app_id: str, service_url: str, **claims: object) -> str:
        """Returns what the Bot Framework sends with an activity for this app."""
        now = int(time.time())
        own = {"iss": ISSUER, "aud": app_id, "serviceurl": service_url, "nbf": now - 300, "exp": now + 3_600}
        return self.signers[0].token({**own, **claims})

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/openid/openidconfiguration", self._document)
        app.router.add_get("/openid/keys", self._keys)
        app.router.add_post("/login/{tenant}/oauth2/v2.0/token", self._token)

    async def _document(self, request: web.Request) -> web.Response:
        if self.away:
            return web.Response(status=self.away)
        keys = str(request.url.origin() / "openid/keys")
        document = {"issuer": ISSUER, "jwks_uri": keys, "id_token_signing_alg_values_supported": ["RS256"]}
        return web.json_response(document)

    async def _keys(self, _: web.Request) -> web.Response:
        self.read += 1
        return web.json_response({"keys": [signer.jwk for signer in self.signers]})

    async def _token(self, request: web.Request) -> web.Response:
        self.asked += 1
        if self.away:
            return web.Response(status=self.away)
        form, tenant = await request.post(), request.match_info["tenant"]
        whose = tenant, str(form.get("client_id", ""))
        if form.get("grant_type") != "client_credentials" or form.get("scope") != SCOPE:
            return _refused("invalid_request", 900144)
        if not any(known == tenant for known, _ in self.apps):
            return _refused("invalid_request", 90002)
        if whose not in self.apps:
            return _refused("unauthorized_client", 700016)
        if form.get("client_secret") != self.apps[whose]:
            return _refused("invalid_client", 7000215, 401)
        now = int(time.time())
        claims = {"aud": ISSUER, "iss": f"sts/{tenant}/", "tid": tenant, "appid": whose[1], "n": self.asked}
        token = self.own.token({**claims, "nbf": now, "exp": now + self.lasts_s})
        self.tokens[token] = whose
        return web.json_response({"token_type": "Bearer", "expires_in": self.lasts_s, "access_token": token})


def _refused(error: str, code: int, status: int = 400) -> web.Response:
    words = f"AADSTS{code}: what Microsoft's login says at length, with the tenant's name."
    return web.json_response({"error": error, "error_description": words, "error_codes": [code]}, status=status)
