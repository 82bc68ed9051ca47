"""What the feeds remember of WebNet: jobs and whether their end was enqueued, ids that a list skipped, the newest compliance results."""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    """CREATE TABLE job (
        id BIGINT NOT NULL PRIMARY KEY,
        customer BIGINT,
        type TEXT NOT NULL,
        status TEXT NOT NULL,
        "user" BIGINT,
        requested_at BIGINT,
        started_at BIGINT,
        finished_at BIGINT,
        state TEXT NOT NULL,
        tries BIGINT NOT NULL,
        due_at BIGINT NOT NULL
    )""",
    "CREATE INDEX job_customer_id ON job (customer, id)",
    "CREATE INDEX job_open ON job (due_at, id) WHERE state = 'open'",
    "CREATE INDEX job_ending ON job (due_at, id) WHERE state = 'ending'",
    """CREATE TABLE missing_id (
        feed TEXT NOT NULL,
        id BIGINT NOT NULL,
        since BIGINT NOT NULL,
        due_at BIGINT NOT NULL,
        PRIMARY KEY (feed, id)
    )""",
    """CREATE TABLE compliance_state (
        policy BIGINT NOT NULL,
        device BIGINT NOT NULL,
        failing BOOLEAN NOT NULL,
        result BIGINT NOT NULL,
        checked_at BIGINT NOT NULL,
        PRIMARY KEY (policy, device)
    )""",
    """CREATE TABLE compliance_repeat (
        policy BIGINT NOT NULL,
        job BIGINT NOT NULL,
        customer BIGINT NOT NULL,
        devices BIGINT NOT NULL,
        first_result BIGINT NOT NULL,
        counted_at BIGINT NOT NULL,
        PRIMARY KEY (policy, job, customer)
    )""",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
