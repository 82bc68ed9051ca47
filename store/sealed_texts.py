"""Texts that are kept sealed for a while under an opaque id, each for one user of one workspace: what a form is about, and what was
filled into it that no line, log or audit row may hold."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from peewee import ModelDelete, fn

from store.engine import Database
from store.errors import CannotDecrypt
from store.models import SealedTextRow
from store.secrets import Keyring

MOST = 2_000  # of one workspace that a sweep leaves, the newest

Content = Literal["form", "value"]  # what a form is about, or what was filled into one


@dataclass(frozen=True, slots=True)
class SealedText:
    """`workspace` is the id of a Workspace; `chat_user` is who gave the text, and `created_at` by the store's clock."""

    workspace: int
    chat_user: str
    text: str = field(repr=False)
    created_at: datetime


class SealedTexts:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def now(self) -> datetime:
        """Returns the time by which the age of a text counts."""
        return self._database.now()

    def add(self, workspace: int, chat_user: str, text: str, content: Content = "value") -> str:
        """Keeps a text and returns its id: 32 hexadecimal digits, which nobody can guess. A value is whatever its user wrote, so that
        it must never be read as what the bot itself keeps of a form."""
        values = {
            "id": secrets.token_hex(16),
            "workspace": workspace,
            "sealed": self._keyring.seal(json.dumps([content, chat_user, text])),
            "created_at": self._database.now_us(),
        }
        self._database.run(SealedTextRow.insert(values).as_rowcount())
        return str(values["id"])

    def get(self, id: str, content: Content = "value") -> SealedText | None:
        """Returns a text; None for one that is not kept any more, that no key opens, or that is something else."""
        row = self._database.row(SealedTextRow.select().where(SealedTextRow.id == id))
        if row is None:
            return None
        try:
            found, chat_user, text = json.loads(self._keyring.open(row["sealed"], "sealed text"))
        except CannotDecrypt:
            return None
        if found != content:
            return None
        return SealedText(row["workspace"], chat_user, text, row["created_at"])

    def drop(self, id: str) -> bool:
        """Forgets a text. False if it was not kept any more: of several that drop it, one does."""
        return bool(self._database.run(ModelDelete(SealedTextRow).where(SealedTextRow.id == id)))

    def sweep(self, older_than: datetime, *, most: int = MOST, batch: int = 500) -> int:
        """Removes old texts, and of every workspace all but the `most` newest, in short transactions of `batch` rows; returns how
        many."""
        removed = self._remove(SealedTextRow.created_at < older_than, batch)
        counted = SealedTextRow.select(SealedTextRow.workspace).group_by(SealedTextRow.workspace)
        for (workspace,) in self._database.tuples(counted.having(fn.COUNT(SealedTextRow.id) > most)):
            theirs = SealedTextRow.workspace == workspace
            newest = SealedTextRow.select(SealedTextRow.created_at).where(theirs)
            for (last,) in self._database.tuples(
                newest.order_by(SealedTextRow.created_at.desc()).offset(most).limit(1)
            ):
                removed += self._remove(theirs & (SealedTextRow.created_at <= last), batch)
        return removed

    def _remove(self, which: object, batch: int) -> int:
        return self._database.delete_in_batches(SealedTextRow.id, which, batch, by=SealedTextRow.created_at)
