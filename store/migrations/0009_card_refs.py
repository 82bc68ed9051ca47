"""A card's ref is one opaque text of the chat's, sealed; what it was used for is counted in it.

A message that the bot posted keeps its ref in `ts`, where it was written. What a response_url showed keeps the address alone:
it lives for half an hour, and is good for the reply at the end. All replicas are stopped for an upgrade, as for 0007.
"""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    "ALTER TABLE card RENAME COLUMN response_url TO ref",
    "ALTER TABLE card DROP COLUMN uses",
    "ALTER TABLE card DROP COLUMN replaceable",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
