"""Deploys: what was asked for and how far it came, the devices that each holds while it is open, and the jobs that it started."""

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    """CREATE TABLE deploy (
        id {id},
        workspace_id BIGINT NOT NULL REFERENCES slack_workspace (id) ON DELETE CASCADE,
        customer BIGINT NOT NULL,
        state TEXT NOT NULL,
        payload TEXT NOT NULL,
        snippet TEXT,
        mac TEXT NOT NULL,
        hosts TEXT NOT NULL,
        note TEXT NOT NULL,
        request BIGINT,
        approver TEXT NOT NULL,
        outcome TEXT NOT NULL,
        channel_id TEXT NOT NULL,
        ref TEXT,
        shown BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        moved_at BIGINT NOT NULL,
        ended_at BIGINT,
        notified_at BIGINT,
        due_at BIGINT,
        revision BIGINT NOT NULL
    )""",
    "CREATE INDEX deploy_workspace_id ON deploy (workspace_id)",
    "CREATE INDEX deploy_ended_at ON deploy (ended_at)",
    "CREATE INDEX deploy_due ON deploy (due_at) WHERE due_at IS NOT NULL",
    """CREATE TABLE deploy_device (
        device BIGINT NOT NULL PRIMARY KEY,
        deploy_id BIGINT NOT NULL REFERENCES deploy (id) ON DELETE CASCADE
    )""",
    "CREATE INDEX deploy_device_deploy_id ON deploy_device (deploy_id)",
    """CREATE TABLE deploy_job (
        job BIGINT NOT NULL PRIMARY KEY,
        deploy_id BIGINT NOT NULL REFERENCES deploy (id) ON DELETE CASCADE,
        step TEXT NOT NULL
    )""",
    "CREATE INDEX deploy_job_deploy_id ON deploy_job (deploy_id)",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    words = {
        "id": "BIGSERIAL PRIMARY KEY" if isinstance(db, PostgresqlDatabase) else "INTEGER PRIMARY KEY AUTOINCREMENT"
    }
    for statement in STATEMENTS:
        db.execute_sql(statement.format_map(words))
