"""A channel may get a report at a set time; each is noted, and so are the numbers of every day, and the configs that changed."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    "ALTER TABLE slack_channel ADD COLUMN report TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE slack_channel ADD COLUMN report_since BIGINT",
    """CREATE TABLE report_run (
        channel_id BIGINT NOT NULL REFERENCES slack_channel (id) ON DELETE CASCADE,
        day TEXT NOT NULL,
        due_at BIGINT NOT NULL,
        made_at BIGINT NOT NULL,
        outcome TEXT NOT NULL,
        PRIMARY KEY (channel_id, day)
    )""",
    "CREATE INDEX report_run_made_at ON report_run (made_at)",
    """CREATE TABLE daily_number (
        customer BIGINT NOT NULL,
        day TEXT NOT NULL,
        numbers TEXT NOT NULL,
        PRIMARY KEY (customer, day)
    )""",
    """CREATE TABLE device_change (
        snapshot BIGINT NOT NULL PRIMARY KEY,
        device BIGINT NOT NULL,
        customer BIGINT NOT NULL,
        added BIGINT NOT NULL,
        removed BIGINT NOT NULL,
        before_at BIGINT NOT NULL,
        changed_at BIGINT NOT NULL,
        deploy BIGINT,
        approver TEXT NOT NULL
    )""",
    "CREATE INDEX device_change_customer_changed_at ON device_change (customer, changed_at)",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
