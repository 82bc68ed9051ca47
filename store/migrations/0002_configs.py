"""The redacted copy of every device's latest config.

`folded` is what is searched, so it stands before `text`: SQLite reads a long row from its beginning. On PostgreSQL it is
kept uncompressed, because unpacking costs more than searching.
"""

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    """CREATE TABLE device_config (
        device BIGINT NOT NULL PRIMARY KEY,
        customer BIGINT NOT NULL,
        snapshot BIGINT NOT NULL,
        hash TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        read_at BIGINT NOT NULL,
        rules BIGINT NOT NULL,
        folded TEXT {by_code_point} NOT NULL,
        text TEXT NOT NULL
    )""",
    "CREATE INDEX device_config_customer_device ON device_config (customer, device)",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    postgres = isinstance(db, PostgresqlDatabase)
    for statement in STATEMENTS:
        db.execute_sql(statement.format(by_code_point='COLLATE "C"' if postgres else ""))
    if postgres:
        db.execute_sql("ALTER TABLE device_config ALTER COLUMN folded SET STORAGE EXTERNAL")
