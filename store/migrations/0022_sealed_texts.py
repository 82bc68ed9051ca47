"""Texts that are kept sealed under an opaque id: what a form is about, and what somebody filled into it that nobody else may see."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    """CREATE TABLE sealed_text (
        id TEXT NOT NULL PRIMARY KEY,
        workspace_id BIGINT NOT NULL REFERENCES slack_workspace (id) ON DELETE CASCADE,
        sealed TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )""",
    "CREATE INDEX sealed_text_created_at ON sealed_text (created_at)",
    "CREATE INDEX sealed_text_workspace_id_created_at ON sealed_text (workspace_id, created_at)",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
