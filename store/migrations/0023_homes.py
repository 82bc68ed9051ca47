"""The homes that show something are kept, each until it was emptied; violations of compliance are found without reading all states."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    """CREATE TABLE home (
        workspace_id BIGINT NOT NULL REFERENCES slack_workspace (id) ON DELETE CASCADE,
        chat_user TEXT NOT NULL,
        customer BIGINT NOT NULL,
        opened_at BIGINT NOT NULL,
        due_at BIGINT NOT NULL,
        marks TEXT NOT NULL,
        shown TEXT NOT NULL,
        hash TEXT NOT NULL,
        fence BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, chat_user)
    )""",
    "CREATE INDEX compliance_state_failing ON compliance_state (device) WHERE failing",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
