"""Messages that show notices are kept, so that they can be changed in place; events get marks: somebody is on it, or it is over."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    """CREATE TABLE notice_message (
        id BIGINT NOT NULL PRIMARY KEY,
        channel_id BIGINT NOT NULL REFERENCES slack_channel (id) ON DELETE CASCADE,
        ref TEXT NOT NULL,
        page BIGINT,
        head BIGINT,
        revision BIGINT NOT NULL,
        due_at BIGINT,
        created_at BIGINT NOT NULL
    )""",
    "CREATE INDEX notice_message_channel_id ON notice_message (channel_id)",
    "CREATE INDEX notice_message_created_at ON notice_message (created_at)",
    "CREATE INDEX notice_message_head ON notice_message (head) WHERE head IS NOT NULL",
    "CREATE INDEX notice_message_due ON notice_message (channel_id, due_at) WHERE due_at IS NOT NULL",
    "ALTER TABLE delivery ADD COLUMN message_id BIGINT REFERENCES notice_message (id) ON DELETE SET NULL",
    "CREATE INDEX delivery_message_id ON delivery (message_id) WHERE message_id IS NOT NULL",
    # What else such a message shows is not known, so it gets no page, and is answered but never changed.
    """INSERT INTO notice_message (id, channel_id, ref, revision, created_at)
        SELECT id, channel_id, ref, 0, created_at FROM delivery WHERE ref IS NOT NULL""",
    "UPDATE delivery SET message_id = id WHERE ref IS NOT NULL",
    "ALTER TABLE delivery DROP COLUMN ref",
    "ALTER TABLE lane DROP COLUMN thread_ts",
    "ALTER TABLE lane DROP COLUMN thread_until",
    "ALTER TABLE lane ADD COLUMN burst BIGINT",
    "ALTER TABLE lane ADD COLUMN burst_until BIGINT NOT NULL DEFAULT 0",
    """CREATE TABLE mark (
        event_id BIGINT NOT NULL REFERENCES event (id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        channel BIGINT NOT NULL,
        by BIGINT,
        name TEXT NOT NULL,
        word TEXT NOT NULL,
        at BIGINT NOT NULL,
        until BIGINT,
        PRIMARY KEY (event_id, kind, channel)
    )""",
    "CREATE INDEX mark_taken ON mark (at) WHERE kind = 'taken'",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
