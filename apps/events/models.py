"""The ledger: events as received, the outcomes they gave rise to, and what befell those.

Event, Outcome, Resolution and Judgement are append-only: the database refuses the app's role to change or remove them.
Usage, PendingSum and Claim are projections of them and can be made anew.
"""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q

from apps.events import reconciled, watched  # noqa: F401  # their models are this app's too
from apps.events.indexes import HAPPENED, HappenedIndex
from apps.events.room import RoomForUpdates
from apps.tenants.base import TenantManager, TenantModel, belongs_to
from apps.tenants.constraints import TenantFK


def amount_field(**options: Any) -> Any:
    """A number of the ledger: 18 digits before the point and 12 after."""
    return models.DecimalField(max_digits=30, decimal_places=12, **options)


def sum_field() -> Any:
    """A sum of any number of `amount_field`s."""
    return models.DecimalField(max_digits=60, decimal_places=12, default=0)


class Event(TenantModel):
    """A signal as received. `(tenant, external_id)` is unique for ever; `external_id` is the client's own `id`.

    `customer` is the external id as sent, known or not. `time` is None where the client named none: then it happened
    when it was received. `status` and `reason` are the judgement at arrival; a later Judgement, if any, replaces it.
    """

    append_only = True

    class Status(models.TextChoices):
        ACCEPTED = "accepted"
        QUARANTINED = "quarantined"

    external_id = models.CharField(max_length=255)
    type = models.CharField(max_length=128)
    customer = models.CharField(max_length=128)
    subject = models.CharField(max_length=255, null=True)
    time = models.DateTimeField(null=True)
    quantity = amount_field(default=1)
    value = amount_field(null=True)
    properties = models.JSONField(default=dict)
    evidence = models.TextField(null=True)
    received_at = models.DateTimeField()
    status = models.CharField(max_length=11, choices=Status)
    reason = models.CharField(max_length=40, null=True)
    field = models.CharField(max_length=255, null=True)
    version = belongs_to("outcomes.DefinitionVersion", null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("version", name="events_event_version"),
            models.UniqueConstraint("tenant", "external_id", name="events_event_external_id"),
        ]
        indexes = [
            models.Index("tenant", "customer", models.F("id").desc(), name="events_event_of_customer"),
            HappenedIndex("tenant", HAPPENED, "type", name="events_event_happened"),
        ]

    def __str__(self) -> str:
        return self.external_id

    @property
    def occurred_at(self) -> datetime:
        return self.time or self.received_at


class Judgement(TenantModel):
    """A judgement that came after the event was stored: a lost claim, or a replay from quarantine. The newest holds."""

    append_only = True

    event = belongs_to("events.Event", related_name="judgements")
    version = belongs_to("outcomes.DefinitionVersion", null=True)
    status = models.CharField(max_length=11, choices=Event.Status)
    reason = models.CharField(max_length=40, null=True)
    field = models.CharField(max_length=255, null=True)
    at = models.DateTimeField()
    replay = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("event", name="events_judgement_event"),
            TenantFK("version", name="events_judgement_version"),
        ]
        indexes = [models.Index("tenant", "event", name="events_judgement_of_event")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.status}"


class OutcomeQuerySet(models.QuerySet["Outcome"]):
    def of_customer(self, external_id: str) -> Self:
        """Told by their events, whose index by customer is in order of arrival: a page of the newest reads no more than
        that page, however many outcomes he has or others have had since."""
        return self.filter(event__customer=external_id)

    def newest(self) -> Self:
        return self.order_by("-id")


OutcomeManager = TenantManager.from_queryset(OutcomeQuerySet)


class Outcome(TenantModel):
    """One billable occurrence. It has the id of its event: an event gives rise to at most one.

    `booked_day` is a local date of the customer, computed once; None while it awaits confirmation, whose Resolution
    then carries the day. `quantity`, `value` (in the customer's currency) and `items` are what it adds to Usage.
    `pending_summed`: until it settles its quantity stands in a PendingSum; None where it had settled when it came.
    The index of what was booked begins with the day, so that all that is booked today is written to a few pages of it;
    one customer's days are found in it by skipping from day to day.
    """

    append_only = True

    event = models.ForeignObject(
        Event, on_delete=models.DO_NOTHING, from_fields=["id"], to_fields=["id"], related_name="outcomes"
    )
    customer = belongs_to("tenants.Customer")
    version = belongs_to("outcomes.DefinitionVersion", related_name="outcomes")
    subject = models.CharField(max_length=255, null=True)
    dimension = models.CharField(max_length=255, default="")
    occurred_at = models.DateTimeField()
    settles_at = models.DateTimeField()
    awaits_confirmation = models.BooleanField(default=False)
    heeds_signals = models.BooleanField(default=False)
    booked_day = models.DateField(null=True)
    late = models.BooleanField(default=False)
    pending_summed = models.BooleanField(null=True, default=False, db_default=False)
    quantity = amount_field()
    value = amount_field(default=0)
    items = models.BigIntegerField(default=1)

    objects = OutcomeManager()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("event", name="events_outcome_event"),
            TenantFK("customer", name="events_outcome_customer"),
            TenantFK("version", name="events_outcome_version"),
        ]
        indexes = [
            models.Index("tenant", "booked_day", "customer", "id", name="events_outcome_booked"),
            models.Index(
                "tenant",
                "customer",
                "pending_summed",
                "settles_at",
                name="events_outcome_unsettled",
                condition=Q(pending_summed__isnull=False),
            ),
            models.Index("tenant", "customer", "subject", name="events_outcome_heeds", condition=Q(heeds_signals=True)),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Signal(TenantModel):
    """An event that may void or confirm outcomes of a definition: where outcomes that come after it look for it."""

    append_only = True

    event = belongs_to("events.Event", related_name="signals")
    definition = belongs_to("outcomes.OutcomeDefinition")
    customer = belongs_to("tenants.Customer")
    subject = models.CharField(max_length=255)
    time = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("event", name="events_signal_event"),
            TenantFK("definition", name="events_signal_definition"),
            TenantFK("customer", name="events_signal_customer"),
            models.UniqueConstraint("tenant", "event", "definition", name="events_signal_once"),
        ]
        indexes = [models.Index("tenant", "customer", "subject", "time", name="events_signal_of_subject")]

    def __str__(self) -> str:
        return f"{self.event_id} for {self.subject}"


class Resolution(TenantModel):
    """What later befell an outcome, at most one of each kind. Signed figures are what it adds to Usage on `booked_day`.

    `after_fence` marks one that came when the outcome's day was closed already: it adds nothing, and a void becomes a
    credit. `by` names a member, a key, or a signal by its id, which may have 255 characters.
    """

    append_only = True

    class Kind(models.TextChoices):
        CONFIRM = "confirm"
        VOID = "void"
        HOLD = "hold"
        RELEASE = "release"

    outcome = belongs_to("events.Outcome", related_name="resolutions")
    kind = models.CharField(max_length=7, choices=Kind)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.CharField(max_length=300)
    reason = models.CharField(max_length=500, blank=True)
    signal = belongs_to("events.Event", null=True)
    booked_day = models.DateField(null=True)
    late = models.BooleanField(default=False)
    after_fence = models.BooleanField(default=False)
    quantity = amount_field(default=0)
    value = amount_field(default=0)
    items = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("outcome", name="events_resolution_outcome"),
            TenantFK("signal", name="events_resolution_signal"),
            models.UniqueConstraint("tenant", "outcome", "kind", name="events_resolution_once"),
        ]
        indexes = [
            models.Index("tenant", "id", name="events_resolution_to_credit", condition=Q(kind="void", after_fence=True))
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.outcome_id}"


class Claim(TenantModel):
    """The right of one outcome to be the one of its subject: in a month ("2026-11") or for ever ("ever")."""

    definition = belongs_to("outcomes.OutcomeDefinition")
    customer = belongs_to("tenants.Customer")
    subject = models.CharField(max_length=255)
    month = models.CharField(max_length=7)
    outcome = belongs_to("events.Outcome")

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("definition", name="events_claim_definition"),
            TenantFK("customer", name="events_claim_customer"),
            TenantFK("outcome", name="events_claim_outcome", deferred=True),
            models.UniqueConstraint("tenant", "definition", "customer", "subject", "month", name="events_claim_once"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.month}"


class Quarantine(TenantModel):
    """An event that could not be judged and waits for its cause to be mended; the row goes when it is replayed."""

    event = belongs_to("events.Event", related_name="quarantine")
    reason = models.CharField(max_length=40)
    field = models.CharField(max_length=255, null=True)
    detail = models.TextField(blank=True)
    since = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name = "quarantined event"
        verbose_name_plural = "quarantined events"
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("event", name="events_quarantine_event"),
            models.UniqueConstraint("tenant", "event", name="events_quarantine_once"),
        ]
        indexes = [models.Index("tenant", "reason", models.F("id").desc(), name="events_quarantine_reason")]

    def __str__(self) -> str:
        return f"{self.event_id}: {self.reason}"


class Usage(TenantModel):
    """The sum of the ledger's entries per customer, definition version, dimension and day.

    Rows differ in `slot` so that writers to one hot customer don't queue; a reader sums the slots. `late`, `held` and
    `voided` are quantities within or beside `quantity` for showing; `entries` counts every entry ever booked here, so
    its sum changes with each: an unchanged sum is an unchanged page.
    """

    customer = belongs_to("tenants.Customer")
    version = belongs_to("outcomes.DefinitionVersion")
    dimension = models.CharField(max_length=255, default="")
    day = models.DateField()
    slot = models.SmallIntegerField()
    quantity = sum_field()
    value = sum_field()
    items = models.BigIntegerField(default=0)
    late = sum_field()
    held = sum_field()
    voided = sum_field()
    entries = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        verbose_name = "sum of usage"
        verbose_name_plural = "usage"
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("customer", name="events_usage_customer"),
            TenantFK("version", name="events_usage_version"),
            models.UniqueConstraint(
                fields=["tenant", "customer", "day", "version", "dimension", "slot"], name="events_usage_once"
            ),
            models.CheckConstraint(condition=Q(entries__gte=0), name="events_usage_grows"),
            RoomForUpdates(name="events_usage_room"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.day}"


class PendingSum(TenantModel):
    """The sum of what is booked on a day and settles within the five minutes that begin at `starts`, of the outcomes
    that are `pending_summed` (apps/events/pending.py). Slots as in Usage. Past ones are of no interest, and removed.
    """

    customer = belongs_to("tenants.Customer")
    version = belongs_to("outcomes.DefinitionVersion")
    dimension = models.CharField(max_length=255, default="")
    day = models.DateField()
    starts = models.DateTimeField()
    slot = models.SmallIntegerField()
    quantity = sum_field()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("customer", name="events_pendingsum_customer"),
            TenantFK("version", name="events_pendingsum_version"),
            models.UniqueConstraint(
                fields=["tenant", "customer", "day", "starts", "version", "dimension", "slot"],
                name="events_pendingsum_once",
            ),
            RoomForUpdates(name="events_pendingsum_room"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.starts}"


class LedgerCheck(TenantModel):
    """What the check of one day (UTC) came to: so many sums of Usage were compared with the ledger, so many differed.

    `differences` names the first of them: {"key": "halden, 2026-11-05, …", "figures": {"quantity": [expected, found]}}.
    """

    day = models.DateField()
    at = models.DateTimeField()
    sums = models.BigIntegerField()
    differing = models.BigIntegerField()
    differences = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint("tenant", "day", name="events_ledgercheck_of_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.sums} sums, {self.differing} differ"
