"""Beside each hidden place of a stored config stands a keyed fingerprint of its secret; the key is sealed.

Rows of before have none. The rules that come with this version are newer than theirs, so they are read again.
"""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    "ALTER TABLE device_config ADD COLUMN fingerprints TEXT NOT NULL DEFAULT ''",
    "CREATE TABLE fingerprint_key (id BIGINT NOT NULL PRIMARY KEY, sealed TEXT NOT NULL)",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
