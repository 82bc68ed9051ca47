"""What really happened in a job is kept, and which devices each job of the index names.

Jobs that are in the index already have no devices there, so `jobs` lists them from WebNet's own list, which has them: the
index counts as complete from the next job on. How they ended is found out when somebody looks at them.
"""

from peewee import Database
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    "ALTER TABLE job ADD COLUMN everywhere BOOLEAN NOT NULL DEFAULT FALSE",
    "CREATE INDEX job_everywhere ON job (customer, id) WHERE everywhere",
    """CREATE TABLE job_device (
        job_id BIGINT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        device BIGINT NOT NULL,
        PRIMARY KEY (job_id, device)
    )""",
    "CREATE INDEX job_device_device ON job_device (device, job_id)",
    """CREATE TABLE job_outcome (
        job BIGINT NOT NULL PRIMARY KEY,
        outcome TEXT NOT NULL,
        read_at BIGINT NOT NULL
    )""",
    "CREATE INDEX job_outcome_read_at ON job_outcome (read_at)",
    """UPDATE cursor SET value = CAST((SELECT COALESCE(MAX(id), 0) + 1 FROM job) AS TEXT)
        WHERE name = 'feed:jobs:floor' AND CAST(value AS BIGINT) < (SELECT COALESCE(MAX(id), 0) + 1 FROM job)""",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for statement in STATEMENTS:
        db.execute_sql(statement)
