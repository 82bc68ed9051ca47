"""The types of columns: which value Python has, and which value both databases store."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from peewee import BigIntegerField, BlobField, TextField

from store.secrets import Sealed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """Replaces by U+FFFD what cannot be stored: NUL, which PostgreSQL refuses, and lone surrogates, which both refuse."""
    return text if text.isascii() and "\0" not in text else _UNSTORABLE.sub("\ufffd", text)


def microseconds(when: datetime) -> int:
    """Returns the microseconds since 1970 UTC, exactly, unlike `timestamp()`. Raises ValueError for a naive datetime."""
    if when.tzinfo is None:
        raise ValueError("a time without a time zone cannot be stored")
    return (when - EPOCH) // _MICROSECOND


def in_us(seconds: float) -> int:
    """Returns a length of time in microseconds, as the store counts it."""
    return round(seconds * 1_000_000)


def moment(since_epoch_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=since_epoch_us)


class Text(TextField):
    """Unbounded, and safe for any Python string."""

    def adapt(self, value: Any) -> Any:
        return clean(value) if isinstance(value, str) else value

    def python_value(self, value: Any) -> Any:
        """Returns the text as it is: it was cleaned when it was written, and looking through it costs more than reading it."""
        return value


class Bytes(BlobField):
    """Bytes as they are, without the drivers' own types."""

    def db_value(self, value: Any) -> Any:
        return value

    def python_value(self, value: Any) -> Any:
        return bytes(value)


class UtcField(BigIntegerField):
    """Stores aware datetimes as microseconds since 1970 UTC: exact, and ordered alike on both databases."""

    def db_value(self, value: Any) -> Any:
        return microseconds(value) if isinstance(value, datetime) else value

    def python_value(self, value: Any) -> Any:
        return None if value is None else moment(value)


class SealedField(TextField):
    """Stores `Sealed` values only, so that no plain secret is written by mistake."""

    def db_value(self, value: Any) -> Any:
        if value is not None and not isinstance(value, Sealed):
            raise TypeError("a secret must be sealed before it is stored")
        return None if value is None else str(value)

    def python_value(self, value: Any) -> Any:
        return None if value is None else Sealed(value)
