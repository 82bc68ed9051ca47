"""Workspaces, channels, mappings, the audit log, the directory of devices, leases, seen keys, cursors, the canary.

Times are microseconds since 1970 UTC. Ids are never used twice: AUTOINCREMENT on SQLite, a sequence on PostgreSQL.
"""

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

STATEMENTS = (
    """CREATE TABLE slack_workspace (
        id {id},
        customer BIGINT NOT NULL,
        team_id TEXT NOT NULL,
        team_name TEXT NOT NULL,
        bot_user_id TEXT NOT NULL,
        bot_token TEXT NOT NULL,
        signing_secret TEXT NOT NULL,
        app_token TEXT,
        enabled BOOLEAN NOT NULL,
        revision BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )""",
    "CREATE UNIQUE INDEX slack_workspace_team_id ON slack_workspace (team_id)",
    """CREATE TABLE slack_channel (
        id {id},
        workspace_id BIGINT NOT NULL REFERENCES slack_workspace (id) ON DELETE CASCADE,
        channel_id TEXT NOT NULL,
        channel_name TEXT NOT NULL,
        notify_job_completion BOOLEAN NOT NULL,
        notify_job_failure BOOLEAN NOT NULL,
        notify_compliance_violations BOOLEAN NOT NULL,
        notify_drift_detected BOOLEAN NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )""",
    "CREATE UNIQUE INDEX slack_channel_workspace_channel ON slack_channel (workspace_id, channel_id)",
    """CREATE TABLE slack_user_mapping (
        id {id},
        workspace_id BIGINT NOT NULL REFERENCES slack_workspace (id) ON DELETE CASCADE,
        slack_user_id TEXT NOT NULL,
        "user" BIGINT NOT NULL,
        username TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )""",
    "CREATE UNIQUE INDEX slack_user_mapping_workspace_user ON slack_user_mapping (workspace_id, slack_user_id)",
    """CREATE TABLE chatops_command (
        id {id},
        workspace BIGINT,
        customer BIGINT,
        team_id TEXT NOT NULL,
        team_name TEXT NOT NULL,
        channel_id TEXT NOT NULL,
        channel_name TEXT NOT NULL,
        slack_user_id TEXT NOT NULL,
        slack_user_name TEXT NOT NULL,
        "user" BIGINT,
        username TEXT NOT NULL,
        command TEXT NOT NULL,
        text TEXT NOT NULL,
        way TEXT NOT NULL,
        status TEXT NOT NULL,
        code TEXT NOT NULL,
        response TEXT NOT NULL,
        job_id BIGINT,
        job_type TEXT NOT NULL,
        device BIGINT,
        device_name TEXT NOT NULL,
        request_id TEXT NOT NULL,
        instance TEXT NOT NULL,
        delivered BOOLEAN NOT NULL,
        created_at BIGINT NOT NULL,
        duration_ms BIGINT,
        told_at BIGINT
    )""",
    "CREATE INDEX chatops_command_workspace_id ON chatops_command (workspace, id)",
    "CREATE INDEX chatops_command_customer_id ON chatops_command (customer, id)",
    'CREATE INDEX chatops_command_user_id ON chatops_command ("user", id)',
    "CREATE INDEX chatops_command_slack_user_id_id ON chatops_command (slack_user_id, id)",
    "CREATE INDEX chatops_command_command_id ON chatops_command (command, id)",
    "CREATE INDEX chatops_command_status_id ON chatops_command (status, id)",
    "CREATE INDEX chatops_command_created_at_id ON chatops_command (created_at, id)",
    "CREATE INDEX chatops_command_job ON chatops_command (job_id) WHERE job_id IS NOT NULL",
    "CREATE INDEX chatops_command_device_job ON chatops_command (customer, device, id) WHERE job_id IS NOT NULL",
    'CREATE INDEX chatops_command_user_job ON chatops_command (customer, "user", id) WHERE job_id IS NOT NULL',
    """CREATE TABLE device (
        id BIGINT NOT NULL PRIMARY KEY,
        customer BIGINT NOT NULL,
        hostname TEXT NOT NULL,
        hostname_folded TEXT {by_code_point} NOT NULL,
        label_folded TEXT,
        mgmt_ip TEXT NOT NULL,
        address TEXT,
        vendor TEXT NOT NULL,
        platform TEXT NOT NULL,
        role TEXT,
        site TEXT,
        enabled BOOLEAN NOT NULL,
        reachability_status TEXT,
        last_reachability_check BIGINT,
        updated_at BIGINT,
        stored_at BIGINT NOT NULL
    )""",
    "CREATE INDEX device_customer_hostname ON device (customer, hostname)",
    "CREATE INDEX device_customer_hostname_folded ON device (customer, hostname_folded)",
    "CREATE INDEX device_customer_label_folded ON device (customer, label_folded)",
    "CREATE INDEX device_customer_address ON device (customer, address)",
    """CREATE TABLE lease (
        name TEXT NOT NULL PRIMARY KEY,
        holder TEXT NOT NULL,
        fence BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
    )""",
    "CREATE TABLE seen_key (key TEXT NOT NULL PRIMARY KEY, seen_at BIGINT NOT NULL)",
    "CREATE INDEX seen_key_seen_at ON seen_key (seen_at)",
    "CREATE TABLE cursor (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL, updated_at BIGINT NOT NULL)",
    "CREATE TABLE canary (id BIGINT NOT NULL PRIMARY KEY, sealed TEXT NOT NULL)",
)


def up(_migrator: SchemaMigrator, db: Database) -> None:
    postgres = isinstance(db, PostgresqlDatabase)
    words = {
        "id": "BIGSERIAL PRIMARY KEY" if postgres else "INTEGER PRIMARY KEY AUTOINCREMENT",
        "by_code_point": 'COLLATE "C"' if postgres else "",
    }
    for statement in STATEMENTS:
        db.execute_sql(statement.format_map(words))
