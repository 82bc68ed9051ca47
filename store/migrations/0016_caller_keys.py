"""Keys of WebNet's that the bot makes in the name of callers, until they are deleted there."""

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENT = """CREATE TABLE caller_key (
        id {id},
        "user" BIGINT NOT NULL,
        name TEXT NOT NULL,
        key BIGINT,
        created_at BIGINT NOT NULL
    )"""


def up(_migrator: SchemaMigrator, db: Database) -> None:
    made = "BIGSERIAL PRIMARY KEY" if isinstance(db, PostgresqlDatabase) else "INTEGER PRIMARY KEY AUTOINCREMENT"
    db.execute_sql(STATEMENT.format(id=made))
