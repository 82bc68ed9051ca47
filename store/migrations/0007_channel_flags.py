"""One row for each flag that is on, instead of a column for each kind of notice: a new kind needs no migration.

The columns go by the database's own DROP COLUMN (SQLite since 3.35). Peewee's way on SQLite makes the table again and drops the
old one: triggers and the highest id are forgotten, and where foreign keys are on, the channels' deliveries go, too.

All replicas are stopped for an upgrade. An older one that runs on after this on PostgreSQL still answers commands and
delivers, but can no longer read the channels: its feeds fail, and so does its `/channels/` of the management API. Nothing is
lost, since no cursor moves: the first new replica that holds a feed's lease goes on where the old one stopped.
"""

from peewee import Database
from playhouse.migrate import SchemaMigrator

FLAGS = ("notify_job_completion", "notify_job_failure", "notify_compliance_violations", "notify_drift_detected")
STATEMENTS = (
    """CREATE TABLE channel_flag (
        channel_id BIGINT NOT NULL REFERENCES slack_channel (id) ON DELETE CASCADE,
        flag TEXT NOT NULL,
        PRIMARY KEY (channel_id, flag)
    )""",
    *(
        f"INSERT INTO channel_flag (channel_id, flag) SELECT id, '{flag}' FROM slack_channel WHERE {flag}"  # ours
        for flag in FLAGS
    ),
    *(f"ALTER TABLE slack_channel DROP COLUMN {flag}" for flag in FLAGS),
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
