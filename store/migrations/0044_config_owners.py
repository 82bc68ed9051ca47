"""Where the lines of a block stand is kept once for lines beside one another that are alike in it: it is read far sooner so."""

import struct
import zlib
from array import array
from itertools import groupby

from peewee import Database
from playhouse.migrate import SchemaMigrator

ALIKE = struct.Struct("<qIH")


def up(_migrator: SchemaMigrator, db: Database) -> None:
    change = f"UPDATE config_block SET owners = {db.param} WHERE id = {db.param}"
    for block, owners in db.execute_sql("SELECT id, owners FROM config_block").fetchall():
        db.execute_sql(change, (_packed(bytes(owners)), block))


def _packed(before: bytes) -> bytes:
    try:
        both = zlib.decompress(before)
    except zlib.error:  # damaged: `configs rebuild` makes it again
        return b""
    middle, packed, end = len(both) // 12 * 8, b"", 0
    for (owner, count), some in groupby(zip(array("q", both[:middle]), array("I", both[middle:]), strict=True)):
        end += len(list(some))
        packed += ALIKE.pack(owner, count, end)
    return packed
