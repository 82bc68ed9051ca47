"""Configs as sequences of lines, each of which is kept once for all devices of a customer.

The rows of `device_config`, the copy of before, are brought into the new tables in the background, a few at a time. The trigrams
of full blocks are found by SQLite's FTS5, and on PostgreSQL by an index of arrays, which needs no extension.
"""

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    """CREATE TABLE kept_config (
        device BIGINT NOT NULL PRIMARY KEY,
        customer BIGINT NOT NULL,
        snapshot BIGINT NOT NULL,
        job BIGINT,
        hash TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        read_at BIGINT NOT NULL,
        rules BIGINT NOT NULL,
        gone BOOLEAN NOT NULL,
        history_due BOOLEAN NOT NULL,
        changed_at BIGINT NOT NULL,
        oldest_at BIGINT NOT NULL,
        fingerprints TEXT NOT NULL,
        lines {bytes} NOT NULL,
        history {bytes} NOT NULL
    )""",
    "CREATE INDEX kept_config_customer_changed_at ON kept_config (customer, changed_at)",
    "CREATE INDEX kept_config_gone_customer_snapshot_read_at ON kept_config (gone, customer, snapshot, read_at)",
    "CREATE INDEX kept_config_oldest_at ON kept_config (oldest_at)",
    "CREATE INDEX kept_config_history_due ON kept_config (device) WHERE history_due",
    """CREATE TABLE config_block (
        id {id},
        customer BIGINT NOT NULL,
        state BIGINT NOT NULL,
        owners {bytes} NOT NULL,
        folded TEXT NOT NULL,
        text {bytes} NOT NULL
    )""",
    "CREATE INDEX config_block_customer_state ON config_block (customer, state)",
    "CREATE TABLE config_digest (bucket BIGINT NOT NULL PRIMARY KEY, packed {bytes} NOT NULL){without_rowid}",
    """CREATE TABLE config_place (
        line BIGINT NOT NULL,
        devices BIGINT NOT NULL,
        packed {bytes} NOT NULL,
        PRIMARY KEY (line, devices)
    ){without_rowid}""",
)
SQLITE = (
    """CREATE VIRTUAL TABLE config_trigram USING fts5(
        folded, content='', detail='none', columnsize=0, tokenize='trigram case_sensitive 1'
    )""",
)
POSTGRES = (
    "CREATE TABLE config_trigram (block BIGINT NOT NULL PRIMARY KEY, grams INTEGER[] NOT NULL)",
    "CREATE INDEX config_trigram_grams ON config_trigram USING gin (grams)",
    "ALTER TABLE config_block ALTER COLUMN folded SET STORAGE EXTERNAL",
    "ALTER TABLE config_block ALTER COLUMN text SET STORAGE EXTERNAL",
)
WORDS = (
    {"id": "INTEGER PRIMARY KEY AUTOINCREMENT", "bytes": "BLOB", "without_rowid": " WITHOUT ROWID"},
    {"id": "BIGSERIAL PRIMARY KEY", "bytes": "BYTEA", "without_rowid": ""},
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    postgres = isinstance(db, PostgresqlDatabase)
    for statement in STATEMENTS:
        db.execute_sql(statement.format_map(WORDS[postgres]))
    for statement in POSTGRES if postgres else SQLITE:
        db.execute_sql(statement)
