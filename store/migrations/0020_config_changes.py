"""Whether a backup found another config on a device than the one before is kept by the job; of earlier backups nothing is said."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    """CREATE TABLE config_change (
        job BIGINT NOT NULL,
        device BIGINT NOT NULL,
        changed BOOLEAN NOT NULL,
        seen_at BIGINT NOT NULL,
        PRIMARY KEY (job, device)
    )""",
    "CREATE INDEX config_change_seen_at ON config_change (seen_at)",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
