"""The keys of the emulated Bot Framework, and tokens that are signed with them: real RS256, written out by hand."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

BITS = 2048


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8))


class Signer:
    """One key with its name, as it is published and as it signs."""

    def __init__(self, kid: str, endorsements: tuple[str, ...] = ("msteams",), bits: int = BITS) -> None:
        self.kid = kid
        self.endorsements = endorsements
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=bits)

    @property
    def jwk(self) -> dict[str, Any]:
        numbers = self._key.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "x5t": self.kid,
            "n": _number(numbers.n),
            "e": _number(numbers.e),
            "endorsements": list(self.endorsements),
        }

    def sign(self, content: bytes) -> bytes:
        return self._key.sign(content, padding.PKCS1v15(), SHA256())

    def token(self, claims: Mapping[str, Any], **header: Any) -> str:
        """Returns a token for these claims; `header` changes what stands in its head."""
        return signed({"alg": "RS256", "typ": "JWT", "kid": self.kid, "x5t": self.kid, **header}, claims, self)


def signed(header: Mapping[str, Any], claims: Mapping[str, Any], signer: Signer) -> str:
    content = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{content}.{b64(signer.sign(content.encode()))}"
