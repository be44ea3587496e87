"""What must happen after a commit, and what a repeated request is answered."""

from django.db import models
from django.utils import timezone

from apps.common.sealed import unseal
from apps.tenants.base import TenantModel, belongs_to
from apps.tenants.constraints import TenantFK


class OutboxEntry(TenantModel):
    """One thing to do after the transaction that wrote it: `handler(*args)`, again and again until it succeeds.

    `handler` is the dotted path of a function that may run twice without harm; `args` are ids, as JSON.
    """

    handler = models.CharField(max_length=200)
    args = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        verbose_name_plural = "outbox entries"
        indexes = [
            models.Index("tenant", "due_at", name="outbox_waiting", condition=models.Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.handler}{self.args}"


class IdempotencyKey(TenantModel):
    """The first answer to a request that named this key, sealed (answers.py)."""

    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint("tenant", "key", name="outbox_idempotency_key"),
        ]
        indexes = [models.Index("tenant", "created_at", name="outbox_idempotency_age")]

    def __str__(self) -> str:
        return self.key

    def text(self, by: str = "") -> str:
        """The answer, sealed by what it was kept by. Raises Unreadable where SECRET_KEY is another by now."""
        return unseal(bytes(self.answer), by)


class Mail(TenantModel):
    """A mail as it was written, and what became of it. `key` is unique: what was written once isn't written again.

    `about` and `about_id` name the document it carries ("invoice", "credit_note"), whose PDF is attached on sending.
    Sending again on request makes a row of its own, with `again` set to the first.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"

    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    about = models.CharField(max_length=20, blank=True)
    about_id = models.UUIDField(null=True)
    customer = belongs_to("tenants.Customer", null=True)
    again = belongs_to("outbox.Mail", null=True)
    to = models.JSONField(default=list)
    reply_to = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("customer", name="outbox_mail_customer"),
            TenantFK("again", name="outbox_mail_again"),
            models.UniqueConstraint("tenant", "key", name="outbox_mail_once"),
        ]
        indexes = [
            models.Index("tenant", "about_id", name="outbox_mail_about"),
            models.Index("tenant", "customer", models.F("id").desc(), name="outbox_mail_of_customer"),
        ]

    def __str__(self) -> str:
        return self.subject


class Job(TenantModel):
    """Work over many things that a member started and watches: its items are done by workers, each in its turn.

    `work` is the dotted path of a function called as `work(job, ref, at=)` for each item; what it raises is the item's
    reason. `finished_at` is set when no item waits any more; retrying the failed ones clears it.
    """

    kind = models.CharField(max_length=20)
    work = models.CharField(max_length=200)
    params = models.JSONField(default=dict)
    started_by = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [*TenantModel.Meta.constraints]

    def __str__(self) -> str:
        return f"{self.kind} of {self.created_at:%Y-%m-%d}"


class JobItem(TenantModel):
    """One thing of a job: waiting, done (with a note), or failed with its reason.

    `size` is how many it stands for in what a reader is told of the job: an import does portions, and tells of lines.
    `figures` are what its work counted ({"accepted": 998}), to be added up over the job.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    job = belongs_to("outbox.Job", related_name="items")
    ref = models.CharField(max_length=120)
    label = models.CharField(max_length=300)
    size = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    note = models.CharField(max_length=500, blank=True)
    figures = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("job", name="outbox_jobitem_job"),
            models.UniqueConstraint("tenant", "job", "ref", name="outbox_jobitem_once"),
        ]
        indexes = [models.Index("tenant", "job", "state", name="outbox_jobitem_state")]

    def __str__(self) -> str:
        return self.label


class JobFile(TenantModel):
    """What a job made, in parts: `part` 0 and on, joined they are the file `name`."""

    append_only = True

    job = belongs_to("outbox.Job", related_name="files")
    name = models.CharField(max_length=120)
    part = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("job", name="outbox_jobfile_job"),
            models.UniqueConstraint("tenant", "job", "name", "part", name="outbox_jobfile_part"),
        ]

    def __str__(self) -> str:
        return self.name
