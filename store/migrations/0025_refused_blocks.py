"""Which of Slack's newest blocks a workspace refused lately, so that messages are sent there without them for a while."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENT = """CREATE TABLE refused_block (
        workspace_id BIGINT NOT NULL REFERENCES slack_workspace (id) ON DELETE CASCADE,
        block TEXT NOT NULL,
        refused_at BIGINT NOT NULL,
        PRIMARY KEY (workspace_id, block)
    )"""


def up(_migrator: SchemaMigrator, db: Database) -> None:
    db.execute_sql(STATEMENT)
