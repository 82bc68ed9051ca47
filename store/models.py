"""Declares the tables. They are bound to no database: `Database` in engine.py runs every query, so that one process may have
several stores.

Ids of WebNet and Slack are copied and have no foreign key; those of our own rows have one, except in the audit log, which
outlives what it names. The schema itself is made by migrations/; a test compares it with these models.
"""

from __future__ import annotations

from peewee import SQL, BigAutoField, BigIntegerField, BooleanField, CompositeKey, ForeignKeyField, Model

from store.fields import Bytes, SealedField, Text, UtcField


class SlackWorkspace(Model):
    id = BigAutoField()
    customer = BigIntegerField()
    team_id = Text(unique=True)
    team_name = Text()
    bot_user_id = Text()
    bot_token = SealedField()
    signing_secret = SealedField()
    app_token = SealedField(null=True)
    chat = Text(default="slack")
    app_id = Text(default="")
    app_password = SealedField(null=True)
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
    rules = Text(default="[]")  # JSON, as `quiet` is; the store reads neither
    quiet = Text(default="{}")
    rules_revision = BigIntegerField(default=1)  # of the newest ChannelRevision
    report = Text(default="")  # when its report comes, as `bot.core.report_times` spells it
    report_since = UtcField(null=True)  # when that was set
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


class ChannelRevision(Model):
    """What a channel asked for from `since` on, until its next revision."""

    channel = ForeignKeyField(SlackChannel, on_delete="CASCADE", index=False, backref="+")
    revision = BigIntegerField()
    rules = Text()
    quiet = Text()
    flags = Text()  # a JSON list
    since = UtcField()

    class Meta:
        table_name = "channel_revision"
        primary_key = CompositeKey("channel", "revision")


class SlackUserMapping(Model):
    id = BigAutoField()
    workspace = ForeignKeyField(SlackWorkspace, on_delete="CASCADE", index=False, backref="+")
    slack_user_id = Text()
    user = BigIntegerField()
    username = Text()
    changed_by = BigIntegerField(null=True)  # WebNet's id of who made or changed it last; null for the command line
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
    devices = Text(default="")
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


class DeviceGroup(Model):
    """A device is in a group that a rule names; `word` is what the rule calls it."""

    customer = BigIntegerField()
    device = BigIntegerField()  # WebNet's
    word = Text()

    class Meta:
        table_name = "device_group"
        primary_key = CompositeKey("customer", "device", "word")


class DeviceConfig(Model):
    """The copy of before migration 0037, whose rows are brought into KeptConfig a few at a time. `text` is redacted."""

    device = BigIntegerField(primary_key=True)  # WebNet's
    customer = BigIntegerField()
    snapshot = BigIntegerField()
    hash = Text()  # WebNet's, of the text before it was redacted
    created_at = UtcField()
    read_at = UtcField()
    rules = BigIntegerField()  # the version of the rules it was redacted by
    folded = Text()
    text = Text()
    fingerprints = Text(default="")

    class Meta:
        table_name = "device_config"
        indexes = ((("customer", "device"), False),)


class DeviceCount(Model):
    """How many devices of a customer there are. Triggers keep it."""

    customer = BigIntegerField(primary_key=True)
    devices = BigIntegerField()

    class Meta:
        table_name = "device_count"


class KeptConfig(Model):
    """A device's config as the lines that it is made of, packed by config_blocks.py, and what it was before. `snapshot` 0 says
    that WebNet has none; a row that is `gone` is out of reach, and removed soon."""

    device = BigIntegerField(primary_key=True)  # WebNet's
    customer = BigIntegerField()
    snapshot = BigIntegerField()
    job = BigIntegerField(null=True)  # WebNet's
    hash = Text()  # WebNet's, of the text before it was redacted
    created_at = UtcField()
    read_at = UtcField()
    rules = BigIntegerField()  # the version of the rules it was redacted by
    gone = BooleanField()
    history_due = BooleanField()  # what was before was not read yet
    changed_at = UtcField()  # when the last change was seen, 1970 where none is known
    oldest_at = UtcField()  # of the oldest snapshot of the history
    fingerprints = Text()
    lines = Bytes()
    history = Bytes()

    class Meta:
        table_name = "kept_config"
        indexes = (
            (("gone", "customer", "snapshot", "read_at"), False),  # all that progress counts
            (("customer", "changed_at"), False),
            (("oldest_at",), False),
        )


KeptConfig.add_index(KeptConfig.device, where=SQL("history_due"), name="kept_config_history_due")


class KeptConfigCount(Model):
    """How many configs of a customer are kept, and how many of these say that WebNet has none. Triggers keep it."""

    customer = BigIntegerField(primary_key=True)
    configs = BigIntegerField()
    without = BigIntegerField()

    class Meta:
        table_name = "kept_config_count"


class ConfigBlock(Model):
    """LINES lines, see config_blocks.py. `folded` is what is searched, so it stands before `text`: SQLite reads a long row from its
    beginning."""

    id = BigAutoField()
    customer = BigIntegerField()
    state = BigIntegerField()
    owners = Bytes()
    folded = Text()
    text = Bytes()

    class Meta:
        table_name = "config_block"
        indexes = ((("customer", "state"), False),)


class ConfigDigest(Model):
    """By which lines are found that are known already, see config_digests.py."""

    bucket = BigIntegerField(primary_key=True)
    packed = Bytes()

    class Meta:
        table_name = "config_digest"


class ConfigPlace(Model):
    """Where a line stands that is on several devices: those whose id without its last bits is `devices`."""

    line = BigIntegerField()
    devices = BigIntegerField()
    packed = Bytes()

    class Meta:
        table_name = "config_place"
        primary_key = CompositeKey("line", "devices")


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
    answers = Text(null=True)  # the key of the event whose notice this one's is a reply to
    facts = Text(default="{}")  # what rules ask for, as JSON

    class Meta:
        table_name = "event"
        indexes = ((("customer", "created_at"), False),)


class NoticeMessageRow(Model):
    """A message in a channel that shows one notice, or a page of a burst of them: `page` is 0 for one alone, 1 for the head of a
    burst, 2 and more for those in its thread, and null where that is not known. A reply names the first message of its thread as
    `head`. It is to be changed where it has a `due_at`; `revision` rises with every reason for that."""

    id = BigIntegerField(primary_key=True)  # that of the first delivery that it shows
    channel = ForeignKeyField(SlackChannel, on_delete="CASCADE", backref="+")
    ref = SealedField()
    page = BigIntegerField(null=True)
    head = BigIntegerField(null=True)
    revision = BigIntegerField(default=0)
    due_at = UtcField(null=True)
    created_at = UtcField(index=True)

    class Meta:
        table_name = "notice_message"


NoticeMessageRow.add_index(
    NoticeMessageRow.head, where=NoticeMessageRow.head.is_null(False), name="notice_message_head"
)
NoticeMessageRow.add_index(
    NoticeMessageRow.channel,
    NoticeMessageRow.due_at,
    where=NoticeMessageRow.due_at.is_null(False),
    name="notice_message_due",
)


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
    held_until = UtcField(null=True)
    held_for = Text(default="")  # what held it, also after it was released
    urgent = BooleanField(default=False)
    mentions = Text(default="[]")  # a JSON list
    rule = BigIntegerField(
        null=True
    )  # the number of the rule that decided, in `revision` of what the channel asked for
    revision = BigIntegerField(default=0)
    message = ForeignKeyField(NoticeMessageRow, null=True, on_delete="SET NULL", index=False, backref="+")
    answers = BigIntegerField(
        null=True
    )  # the event whose notice in this channel it is a reply to, before what the event says

    remind_at = UtcField(null=True)  # when to look whether somebody is on it

    class Meta:
        table_name = "delivery"
        indexes = ((("event", "channel"), True),)


Delivery.add_index(Delivery.channel, Delivery.id, where=Delivery.status == "waiting", name="delivery_waiting")
Delivery.add_index(Delivery.id, where=Delivery.status == "parked", name="delivery_parked")
Delivery.add_index(Delivery.held_until, Delivery.id, where=Delivery.status == "held", name="delivery_held")
Delivery.add_index(Delivery.channel, Delivery.held_until, where=Delivery.status == "held", name="delivery_held_channel")
Delivery.add_index(
    Delivery.channel,
    Delivery.id,
    where=(Delivery.status == "waiting") & (Delivery.held_for != ""),
    name="delivery_released",
)
Delivery.add_index(Delivery.message, where=Delivery.message.is_null(False), name="delivery_message_id")
Delivery.add_index(Delivery.remind_at, where=Delivery.remind_at.is_null(False), name="delivery_remind_at")


class OpenFaultRow(Model):
    """A fault of a customer that is not over, with one of the events that opened it: `fault` is its key, such as `backup:17`."""

    customer = BigIntegerField()
    fault = Text()
    event = ForeignKeyField(EventRow, on_delete="CASCADE", backref="+")
    happened_at = UtcField()

    class Meta:
        table_name = "open_fault"
        primary_key = CompositeKey("customer", "fault", "event")


class MarkRow(Model):
    """What became of the fault that an event is about: `kind` is taken, done, snoozed or ended. `channel` is the row of the only
    channel for which it holds, 0 for every one; `by` is WebNet's id of who set it, null for WebNet itself."""

    event = ForeignKeyField(EventRow, on_delete="CASCADE", index=False, backref="+")
    kind = Text()
    channel = BigIntegerField(default=0)
    by = BigIntegerField(null=True)
    name = Text(default="")
    word = Text(default="")
    at = UtcField()
    until = UtcField(null=True)

    class Meta:
        table_name = "mark"
        primary_key = CompositeKey("event", "kind", "channel")


MarkRow.add_index(MarkRow.at, where=MarkRow.kind == SQL("'taken'"), name="mark_taken")


class LaneRow(Model):
    channel = ForeignKeyField(SlackChannel, primary_key=True, on_delete="CASCADE", backref="+")
    due_at = UtcField(default=0)
    fence = BigIntegerField(default=0)
    expires_at = UtcField(
        default=0
    )  # 0 while nobody has a claim; a time in the past is of a claim that was never settled
    failures = BigIntegerField(default=0)
    burst = BigIntegerField(null=True)  # the head of the burst that grows
    burst_until = UtcField(default=0)

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
    is when an open job was last read, and when the end of an ending one is to be enqueued. `everywhere` says that nothing
    restricts the job to some devices."""

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
    cancelled_by = Text(null=True)
    everywhere = BooleanField(default=False)
    canceller = Text(null=True)  # who asked the bot to cancel it, which WebNet may not have done
    canceller_chat_user = Text(null=True)

    class Meta:
        table_name = "job"
        indexes = ((("customer", "id"), False),)


for _state in ("open", "ending"):
    Job.add_index(Job.due_at, Job.id, where=Job.state == SQL(f"'{_state}'"), name=f"job_{_state}")
Job.add_index(Job.customer, Job.id, where=SQL("everywhere"), name="job_everywhere")


class JobDevice(Model):
    """A device that a job names; a job that names none has no row."""

    job = ForeignKeyField(Job, on_delete="CASCADE", index=False, backref="+")
    device = BigIntegerField()  # WebNet's

    class Meta:
        table_name = "job_device"
        primary_key = CompositeKey("job", "device")
        indexes = ((("device", "job"), False),)


class JobOutcome(Model):
    """What really happened in a job that has ended, as JSON without secrets. The job need not be in the index."""

    job = BigIntegerField(primary_key=True)  # WebNet's
    outcome = Text()
    read_at = UtcField(index=True)

    class Meta:
        table_name = "job_outcome"


Job.add_index(Job.finished_at, where=SQL("cancelled_by IS NOT NULL"), name="job_cancelled")


class ConfigChange(Model):
    """Whether a backup found another config on a device than the one before. The job need not be in the index."""

    job = BigIntegerField()  # WebNet's
    device = BigIntegerField()  # WebNet's
    changed = BooleanField()
    seen_at = UtcField(index=True)

    class Meta:
        table_name = "config_change"
        primary_key = CompositeKey("job", "device")


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


ComplianceState.add_index(ComplianceState.device, where=SQL("failing"), name="compliance_state_failing")


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
    left_out = Text(default="[]")
    also = Text(default="[]")
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


class LiveLogRow(Model):
    """A reply, or several of them in a row, that shows what a job reports. `thread` is null until it is known where the reply stands."""

    id = BigAutoField()
    workspace = ForeignKeyField(SlackWorkspace, on_delete="CASCADE", backref="+")
    customer = BigIntegerField()
    job_id = BigIntegerField()
    channel_id = Text()
    chat_user = Text()
    thread = SealedField(null=True)
    ref = SealedField(null=True)
    position = Text()
    stopped_by = Text(null=True)
    holder = Text()
    fence = BigIntegerField()
    expires_at = UtcField()
    due_at = UtcField()
    created_at = UtcField()
    ended_at = UtcField(null=True)
    ending = Text()

    class Meta:
        table_name = "live_log"


LiveLogRow.add_index(LiveLogRow.due_at, where=LiveLogRow.ended_at.is_null(), name="live_log_due")


class HomeRow(Model):
    """The page that the chat shows to one user, from before it is published until it was emptied."""

    workspace = ForeignKeyField(SlackWorkspace, on_delete="CASCADE", index=False, backref="+")
    chat_user = Text()
    customer = BigIntegerField()
    opened_at = UtcField()
    due_at = UtcField()
    marks = Text()
    shown = Text()
    hash = Text()
    fence = BigIntegerField()
    expires_at = UtcField()

    class Meta:
        table_name = "home"
        primary_key = CompositeKey("workspace", "chat_user")


class Canary(Model):
    """One row that was sealed when the store was made, which shows whether the keys are the right ones."""

    id = BigIntegerField(primary_key=True)
    sealed = SealedField()

    class Meta:
        table_name = "canary"


class RequestRow(Model):
    id = BigAutoField()
    purpose = Text()
    state = Text()
    workspace = ForeignKeyField(SlackWorkspace, on_delete="CASCADE", backref="+")
    customer = BigIntegerField()
    chat_user = Text(column_name="slack_user_id", default="")  # whose request it is, as the payload says, too
    payload = SealedField()
    mac = Text()
    decided_by = BigIntegerField(null=True)
    decided_name = Text()
    decided_chat_user = Text()
    decided_in = BigIntegerField(null=True)  # the id of a workspace, which may be gone; null for that of the request
    reason = Text()
    outcome = Text()
    holder = Text()
    created_at = UtcField(index=True)
    expires_at = UtcField()
    decided_at = UtcField(null=True)
    notified_at = UtcField(null=True)
    due_at = UtcField(null=True)
    revision = BigIntegerField()

    class Meta:
        table_name = "request"


RequestRow.add_index(RequestRow.due_at, where=RequestRow.due_at.is_null(False), name="request_due")
RequestRow.add_index(
    RequestRow.customer, RequestRow.id, where=RequestRow.state == SQL("'requested'"), name="request_waiting"
)
RequestRow.add_index(
    RequestRow.workspace, RequestRow.chat_user, where=RequestRow.purpose == SQL("'mapping'"), name="request_mapping"
)


class RequestMessageRow(Model):
    id = BigAutoField()
    request = ForeignKeyField(RequestRow, on_delete="CASCADE", backref="+")
    channel_id = Text()
    chat_user = Text(column_name="slack_user_id")
    ephemeral = BooleanField()
    ref = SealedField(null=True)
    shown = Text()
    workspace = ForeignKeyField(SlackWorkspace, null=True, on_delete="CASCADE", index=False, backref="+")

    class Meta:
        table_name = "request_message"


class MacKey(Model):
    """Keys of HMACs, which are sealed: `store.mac_keys` says which row is whose."""

    id = BigIntegerField(primary_key=True)
    sealed = SealedField()

    class Meta:
        table_name = "fingerprint_key"


class CallerKeyRow(Model):
    """A key of WebNet's that was made in the name of a caller, or is going to be: `key` is null until WebNet has answered."""

    id = BigAutoField()
    user = BigIntegerField()  # WebNet's, as is `key`
    name = Text()
    key = BigIntegerField(null=True)
    created_at = UtcField()

    class Meta:
        table_name = "caller_key"


class RefusedBlockRow(Model):
    """One of Slack's newest blocks that the workspace did not take."""

    workspace = ForeignKeyField(SlackWorkspace, on_delete="CASCADE", index=False, backref="+")
    block = Text()
    refused_at = UtcField()

    class Meta:
        table_name = "refused_block"
        primary_key = CompositeKey("workspace", "block")


class TeamsConversationRow(Model):
    """A channel, a chat or, with a `chat_user`, a personal conversation of Microsoft Teams, and the address at which it is reached.
    `gone_at` is when the app was removed from it."""

    workspace = ForeignKeyField(SlackWorkspace, on_delete="CASCADE", index=False, backref="+")
    conversation = Text()
    chat_user = Text()
    team = Text()
    service_url = Text()
    heard_at = UtcField()
    gone_at = UtcField(null=True)

    class Meta:
        table_name = "teams_conversation"
        primary_key = CompositeKey("workspace", "conversation")


class SealedTextRow(Model):
    id = Text(primary_key=True)
    workspace = ForeignKeyField(SlackWorkspace, on_delete="CASCADE", index=False, backref="+")
    sealed = SealedField()
    created_at = UtcField(index=True)

    class Meta:
        table_name = "sealed_text"
        indexes = ((("workspace", "created_at"), False),)


class DeployRow(Model):
    """A deploy holds its devices while `ended_at` is null. `request` is the id of the request for its approval, which may be gone;
    `shown` is the revision that its card shows."""

    id = BigAutoField()
    workspace = ForeignKeyField(SlackWorkspace, on_delete="CASCADE", backref="+")
    customer = BigIntegerField()
    state = Text()
    payload = SealedField()
    snippet = SealedField(null=True)
    mac = Text()
    hosts = Text()
    note = Text()
    request = BigIntegerField(null=True)
    approver = Text()
    outcome = Text()
    channel_id = Text()
    ref = SealedField(null=True)
    shown = BigIntegerField()
    created_at = UtcField()
    moved_at = UtcField()
    ended_at = UtcField(null=True, index=True)
    notified_at = UtcField(null=True)
    due_at = UtcField(null=True)
    revision = BigIntegerField()

    class Meta:
        table_name = "deploy"


DeployRow.add_index(DeployRow.due_at, where=DeployRow.due_at.is_null(False), name="deploy_due")


class DeployMessageRow(Model):
    """Another message that shows a deploy, in another workspace of its customer."""

    id = BigAutoField()
    deploy = ForeignKeyField(DeployRow, on_delete="CASCADE", backref="+")
    workspace = ForeignKeyField(SlackWorkspace, on_delete="CASCADE", backref="+")
    channel_id = Text()
    ref = SealedField(null=True)
    shown = BigIntegerField()

    class Meta:
        table_name = "deploy_message"


class DeployDevice(Model):
    device = BigIntegerField(primary_key=True)
    deploy = ForeignKeyField(DeployRow, on_delete="CASCADE", backref="+")

    class Meta:
        table_name = "deploy_device"


class DeployJob(Model):
    job = BigIntegerField(primary_key=True)
    deploy = ForeignKeyField(DeployRow, on_delete="CASCADE", backref="+")
    step = Text()

    class Meta:
        table_name = "deploy_job"


class SnoozeRow(Model):
    """`channel` is null for a snooze in every channel of the customer. `faults` is a JSON list of the keys of those that are
    open; `why` says what ended the snooze."""

    id = BigAutoField()
    workspace = ForeignKeyField(SlackWorkspace, on_delete="CASCADE", backref="+")
    customer = BigIntegerField()
    channel = ForeignKeyField(SlackChannel, null=True, on_delete="CASCADE", backref="+")
    kind = Text()
    subject = BigIntegerField()  # WebNet's id of the device, policy or alert
    device = BigIntegerField(null=True)  # WebNet's; null for a policy
    name = Text()
    reason = Text()
    by = Text()
    since = UtcField()
    until = UtcField()
    until_resolved = BooleanField()
    rank = BigIntegerField(default=0)
    faults = Text(default="[]")
    ended_at = UtcField(null=True, index=True)
    why = Text(default="")

    class Meta:
        table_name = "snooze"


SnoozeRow.add_index(SnoozeRow.customer, where=SnoozeRow.ended_at.is_null(), name="snooze_open")


class ReachabilityRow(Model):
    """What the newest job that ended at `checked_at` found, and `since` when jobs have found that."""

    device = BigIntegerField()  # WebNet's, as is `job`
    customer = BigIntegerField()
    reachable = BooleanField()
    since = UtcField()
    checked_at = UtcField()
    job = BigIntegerField()

    class Meta:
        table_name = "reachability"
        primary_key = CompositeKey("customer", "device")


class ReportRun(Model):
    """The report of one channel and date, which went out or was skipped."""

    channel = ForeignKeyField(SlackChannel, on_delete="CASCADE", index=False, backref="+")
    day = Text()
    due_at = UtcField()
    made_at = UtcField(index=True)
    outcome = Text()

    class Meta:
        table_name = "report_run"
        primary_key = CompositeKey("channel", "day")


class DailyNumber(Model):
    """What the sections of a report counted for a customer on one date, as JSON by the section's name."""

    customer = BigIntegerField()
    day = Text()
    numbers = Text()

    class Meta:
        table_name = "daily_number"
        primary_key = CompositeKey("customer", "day")


class DeviceChange(Model):
    """A snapshot that differs from the one before, of `before_at`. `deploy` is that of the bot's which changed the config."""

    snapshot = BigIntegerField(primary_key=True)  # WebNet's
    device = BigIntegerField()
    customer = BigIntegerField()
    added = BigIntegerField()
    removed = BigIntegerField()
    before_at = UtcField()
    changed_at = UtcField()
    deploy = BigIntegerField(null=True)
    approver = Text()

    class Meta:
        table_name = "device_change"
        indexes = ((("customer", "changed_at"), False),)


MODELS = (
    SlackWorkspace,
    SlackChannel,
    ChannelFlag,
    ChannelRevision,
    SlackUserMapping,
    ChatOpsCommand,
    DeviceCount,
    DirectoryDevice,
    DeviceGroup,
    DeviceConfig,
    KeptConfig,
    KeptConfigCount,
    ConfigBlock,
    ConfigDigest,
    ConfigPlace,
    Lease,
    SeenKey,
    CursorRow,
    EventRow,
    NoticeMessageRow,
    Delivery,
    OpenFaultRow,
    MarkRow,
    LaneRow,
    RefusedToken,
    Job,
    JobDevice,
    JobOutcome,
    ConfigChange,
    MissingId,
    ComplianceState,
    ComplianceRepeat,
    CardRow,
    LiveLogRow,
    HomeRow,
    Canary,
    MacKey,
    RequestRow,
    RequestMessageRow,
    CallerKeyRow,
    RefusedBlockRow,
    TeamsConversationRow,
    SealedTextRow,
    DeployRow,
    DeployMessageRow,
    DeployDevice,
    DeployJob,
    SnoozeRow,
    ReachabilityRow,
    ReportRun,
    DailyNumber,
    DeviceChange,
)
