"""The kinds of columns: what Python has outside, and what both databases take inside."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from peewee import BigIntegerField, TextField

from store.secrets import Sealed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """PostgreSQL takes no NUL, and neither database takes lone surrogates: they become U+FFFD."""
    return text if text.isascii() and "\0" not in text else _UNSTORABLE.sub("\ufffd", text)


def microseconds(when: datetime) -> int:
    """Since 1970 UTC; exact, unlike `timestamp()`. Raises ValueError for a naive datetime."""
    if when.tzinfo is None:
        raise ValueError("a time without a time zone cannot be stored")
    return (when - EPOCH) // _MICROSECOND


def moment(since_epoch_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=since_epoch_us)


class Text(TextField):
    """Unbounded, and safe for any Python string."""

    def adapt(self, value: Any) -> Any:
        return clean(value) if isinstance(value, str) else value

    def python_value(self, value: Any) -> Any:
        """It was cleaned when it was written; to look through all that is read would cost more than the reading."""
        return value


class UtcField(BigIntegerField):
    """Aware datetimes outside, microseconds since 1970 inside: ordered the same, and exact, on both databases."""

    def db_value(self, value: Any) -> Any:
        return microseconds(value) if isinstance(value, datetime) else value

    def python_value(self, value: Any) -> Any:
        return None if value is None else moment(value)


class SealedField(TextField):
    def db_value(self, value: Any) -> Any:
        if value is not None and not isinstance(value, Sealed):
            raise TypeError("a secret must be sealed before it is stored")
        return None if value is None else str(value)

    def python_value(self, value: Any) -> Any:
        return None if value is None else Sealed(value)
