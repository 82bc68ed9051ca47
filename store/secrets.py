"""Secrets at rest: Fernet tokens, newest key first.

A column that holds a secret is a `SealedField` and takes `Sealed` values only, so that plain text cannot be written by mistake.
"""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from store.errors import CannotDecrypt, KeyMissing


class Sealed(str):
    """A Fernet token: ciphertext with its own signature and time."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<sealed>"


def generate_key() -> str:
    return Fernet.generate_key().decode()


class Keyring:
    """Seals with the first key, opens with any. There must be one."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernets = [_fernet(number, key) for number, key in enumerate(keys, start=1)]
        self._all = MultiFernet(self._fernets)

    def seal(self, plain: str) -> Sealed:
        return Sealed(self._all.encrypt(plain.encode("utf-8", "surrogatepass")).decode())

    def open(self, sealed: Sealed, what: str) -> str:
        """`what` names the value in the error, such as "bot token of workspace T0ACME"."""
        try:
            return self._all.decrypt(sealed.encode()).decode("utf-8", "surrogatepass")
        except InvalidToken:
            raise CannotDecrypt(
                f"None of store.encryption_keys opens the {what}: add the key that the store was written with "
                "(keys are listed newest first), or set the value again."
            ) from None

    def is_current(self, sealed: Sealed) -> bool:
        """Whether it is sealed with the first key, so that rotation may leave it alone."""
        try:
            self._fernets[0].decrypt(sealed.encode())
        except InvalidToken:
            return False
        return True

    def reseal(self, sealed: Sealed, what: str) -> Sealed:
        return self.seal(self.open(sealed, what))


def _fernet(number: int, key: str) -> Fernet:
    try:
        return Fernet(key.strip())
    except ValueError:
        raise KeyMissing(
            f"Key {number} of store.encryption_keys is not a key: it must be 32 url-safe base64-encoded bytes, "
            "as `webnet-bot key generate` prints them."
        ) from None
