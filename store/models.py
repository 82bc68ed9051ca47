"""Declares the tables. They are bound to no database: `Database` in engine.py runs every query, so that one process may have
several stores.

Ids of WebNet and Slack are copied and have no foreign key; those of our own rows have one, except in the audit log, which
outlives what it names. The schema itself is made by migrations/; a test compares it with these models.
"""

from __future__ import annotations

from peewee import SQL, BigAutoField, BigIntegerField, BooleanField, CompositeKey, ForeignKeyField, Model

from store.fields import SealedField, Text, UtcField


class SlackWorkspace(Model):
    id = BigAutoField()
    customer = BigIntegerField()
    team_id = Text(unique=True)
    team_name = Text()
    bot_user_id = Text()
    bot_token = SealedField()
    signing_secret = SealedField()
    app_token = SealedField(null=True)
    enabled = BooleanField()
    revision = BigIntegerField()  # rises with every change; clocks may not
    created_at = UtcField()
    updated_at = UtcField()

    class Meta:
        table_name = "slack_workspace"


class SlackChannel(Model):
    id = BigAutoField()
    workspace = ForeignKeyField(SlackWorkspace, on_delete="CASCADE", index=False, backref="+")
    channel_id = Text()
    channel_name = Text()
    created_at = UtcField()
    updated_at = UtcField()

    class Meta:
        table_name = "slack_channel"
        indexes = ((("workspace", "channel_id"), True),)


class ChannelFlag(Model):
    """A row says that the flag is on; for a flag that is off there is none."""

    channel = ForeignKeyField(SlackChannel, on_delete="CASCADE", index=False, backref="+")
    flag = Text()

    class Meta:
        table_name = "channel_flag"
        primary_key = CompositeKey("channel", "flag")


class SlackUserMapping(Model):
    id = BigAutoField()
    workspace = ForeignKeyField(SlackWorkspace, on_delete="CASCADE", index=False, backref="+")
    slack_user_id = Text()
    user = BigIntegerField()
    username = Text()
    created_at = UtcField()
    updated_at = UtcField()

    class Meta:
        table_name = "slack_user_mapping"
        indexes = ((("workspace", "slack_user_id"), True),)


class ChatOpsCommand(Model):
    id = BigAutoField()
    workspace = BigIntegerField(null=True)
    customer = BigIntegerField(null=True)
    team_id = Text()
    team_name = Text()
    channel_id = Text()
    channel_name = Text()
    slack_user_id = Text()
    slack_user_name = Text()
    user = BigIntegerField(null=True)
    username = Text()
    command = Text()
    text = Text()
    way = Text()
    status = Text()
    code = Text()
    response = Text()
    job_id = BigIntegerField(null=True)
    job_type = Text()
    device = BigIntegerField(null=True)
    device_name = Text()
    request_id = Text()
    instance = Text()
    delivered = BooleanField()
    created_at = UtcField()
    duration_ms = BigIntegerField(null=True)
    told_at = UtcField(null=True)
    first_id = BigIntegerField(null=True)  # of the row that admitted what is performed in this one

    class Meta:
        table_name = "chatops_command"


# Every list is newest first by id, so each filter's index ends with the id.
for _field in ("workspace", "customer", "user", "slack_user_id", "command", "status", "created_at"):
    ChatOpsCommand.add_index(getattr(ChatOpsCommand, _field), ChatOpsCommand.id)
_has_job = ChatOpsCommand.job_id.is_null(False)
ChatOpsCommand.add_index(ChatOpsCommand.job_id, where=_has_job, name="chatops_command_job")
for _field in ("device", "user"):
    ChatOpsCommand.add_index(
        ChatOpsCommand.customer,
        getattr(ChatOpsCommand, _field),
        ChatOpsCommand.id,
        where=_has_job,
        name=f"chatops_command_{_field}_job",
    )


class DirectoryDevice(Model):
    id = BigIntegerField(primary_key=True)  # WebNet's
    customer = BigIntegerField()
    hostname = Text()
    hostname_folded = Text()  # ordered by code point on both databases, so that a prefix is a range
    label_folded = Text(null=True)
    mgmt_ip = Text()
    address = Text(null=True)  # mgmt_ip in its one usual spelling
    vendor = Text()
    platform = Text()
    role = Text(null=True)
    site = Text(null=True)
    enabled = BooleanField()
    reachability_status = Text(null=True)
    last_reachability_check = UtcField(null=True)
    updated_at = UtcField(null=True)
    stored_at = UtcField()

    class Meta:
        table_name = "device"
        indexes = (
            (("customer", "hostname"), False),
            (("customer", "hostname_folded"), False),
            (("customer", "label_folded"), False),
            (("customer", "address"), False),
        )


class DeviceConfig(Model):
    """`text` is redacted; `folded` is that text case-folded. `snapshot` 0 says that WebNet has no config of this device."""

    device = BigIntegerField(primary_key=True)  # WebNet's
    customer = BigIntegerField()
    snapshot = BigIntegerField()
    hash = Text()  # WebNet's, of the text before it was redacted
    created_at = UtcField()
    read_at = UtcField()
    rules = BigIntegerField()  # the version of the rules it was redacted by
    folded = Text()
    text = Text()

    class Meta:
        table_name = "device_config"
        indexes = ((("customer", "device"), False),)


class Lease(Model):
    name = Text(primary_key=True)
    holder = Text()
    fence = BigIntegerField()
    expires_at = UtcField()

    class Meta:
        table_name = "lease"


class SeenKey(Model):
    key = Text(primary_key=True)
    seen_at = UtcField(index=True)

    class Meta:
        table_name = "seen_key"


class CursorRow(Model):
    name = Text(primary_key=True)
    value = Text()
    updated_at = UtcField()

    class Meta:
        table_name = "cursor"


class EventRow(Model):
    id = BigAutoField()
    key = Text(unique=True)
    kind = Text()
    flag = Text()
    customer = BigIntegerField()
    happened_at = UtcField()
    data = Text()
    created_at = UtcField(index=True)

    class Meta:
        table_name = "event"


class Delivery(Model):
    id = BigAutoField()
    event = ForeignKeyField(EventRow, on_delete="CASCADE", index=False, backref="+")
    channel = ForeignKeyField(SlackChannel, on_delete="CASCADE", backref="+")
    status = Text()
    tries = BigIntegerField(default=0)
    ambiguous = BigIntegerField(default=0)
    tried_since = UtcField(null=True)
    error = Text(default="")
    created_at = UtcField()
    settled_at = UtcField(null=True)

    class Meta:
        table_name = "delivery"
        indexes = ((("event", "channel"), True),)


Delivery.add_index(Delivery.channel, Delivery.id, where=Delivery.status == "waiting", name="delivery_waiting")
Delivery.add_index(Delivery.id, where=Delivery.status == "parked", name="delivery_parked")


class LaneRow(Model):
    channel = ForeignKeyField(SlackChannel, primary_key=True, on_delete="CASCADE", backref="+")
    due_at = UtcField(default=0)
    fence = BigIntegerField(default=0)
    expires_at = UtcField(
        default=0
    )  # 0 while nobody has a claim; a time in the past is of a claim that was never settled
    failures = BigIntegerField(default=0)
    thread_ts = Text(default="")
    thread_until = BigIntegerField(default=0)  # the last delivery that belongs to the digest with this thread

    class Meta:
        table_name = "lane"


class RefusedToken(Model):
    workspace = ForeignKeyField(SlackWorkspace, primary_key=True, on_delete="CASCADE", backref="+")
    revision = BigIntegerField()  # the workspace's at that time: one that was changed since may have a new token
    error = Text()
    created_at = UtcField()

    class Meta:
        table_name = "refused_token"


class Job(Model):
    """`state` is open until WebNet says that the job ended, ending until an event of that was enqueued, then ended. `due_at`
    is when an open job was last read, and when the end of an ending one is to be enqueued."""

    id = BigIntegerField(primary_key=True)  # WebNet's
    customer = BigIntegerField(null=True)
    type = Text()
    status = Text()
    user = BigIntegerField(null=True)
    requested_at = UtcField(null=True)
    started_at = UtcField(null=True)
    finished_at = UtcField(null=True)
    state = Text()
    tries = BigIntegerField()
    due_at = UtcField()

    class Meta:
        table_name = "job"
        indexes = ((("customer", "id"), False),)


for _state in ("open", "ending"):
    Job.add_index(Job.due_at, Job.id, where=Job.state == SQL(f"'{_state}'"), name=f"job_{_state}")


class MissingId(Model):
    feed = Text()
    id = BigIntegerField()
    since = UtcField()
    due_at = UtcField()

    class Meta:
        table_name = "missing_id"
        primary_key = CompositeKey("feed", "id")


class ComplianceState(Model):
    policy = BigIntegerField()
    device = BigIntegerField()
    failing = BooleanField()
    result = BigIntegerField()
    checked_at = UtcField()

    class Meta:
        table_name = "compliance_state"
        primary_key = CompositeKey("policy", "device")


class ComplianceRepeat(Model):
    policy = BigIntegerField()
    job = BigIntegerField()
    customer = BigIntegerField()
    devices = BigIntegerField()
    first_result = BigIntegerField()
    counted_at = UtcField()

    class Meta:
        table_name = "compliance_repeat"
        primary_key = CompositeKey("policy", "job", "customer")


class CardRow(Model):
    id = BigAutoField()
    workspace = ForeignKeyField(SlackWorkspace, on_delete="CASCADE", backref="+")
    customer = BigIntegerField()
    job_id = BigIntegerField(index=True)
    what = Text()
    device_name = Text()
    channel_id = Text()
    slack_user_id = Text()
    slack_user_name = Text()
    ephemeral = BooleanField()
    ts = Text()  # the ref as older versions wrote it; nothing is written here any more
    ref = SealedField(null=True)
    shown = Text()
    holder = Text()
    fence = BigIntegerField()
    expires_at = UtcField()
    due_at = UtcField()
    created_at = UtcField(index=True)
    ended_at = UtcField(null=True)
    ending = Text()

    class Meta:
        table_name = "card"


CardRow.add_index(CardRow.due_at, where=CardRow.ended_at.is_null(), name="card_open")


class Canary(Model):
    """One row that was sealed when the store was made, which shows whether the keys are the right ones."""

    id = BigIntegerField(primary_key=True)
    sealed = SealedField()

    class Meta:
        table_name = "canary"


MODELS = (
    SlackWorkspace,
    SlackChannel,
    ChannelFlag,
    SlackUserMapping,
    ChatOpsCommand,
    DirectoryDevice,
    DeviceConfig,
    Lease,
    SeenKey,
    CursorRow,
    EventRow,
    Delivery,
    LaneRow,
    RefusedToken,
    Job,
    MissingId,
    ComplianceState,
    ComplianceRepeat,
    CardRow,
    Canary,
)
