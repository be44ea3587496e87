"""Who is who: the vendor's organisation, its members and keys, its customers and their contacts."""

import hashlib
import secrets
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone

from apps.common import periods
from apps.common.text import CODE_VALIDATOR, COLOUR_VALIDATOR, SLUG, SLUG_VALIDATOR
from apps.tenants.base import TenantManager, TenantModel, belongs_to, new_id
from apps.tenants.constraints import RowLevelSecurity, TenantFK, TenantKey

NEVER_CLOSED = date(1, 1, 1)
"""`closed_through` of a customer who was never billed: before any day."""


class UserManager(BaseUserManager["User"]):
    """Users by e-mail address, which is compared without case."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str, **extra: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in; what he may see is said by his Members and Contacts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("operator", default=False, help_text="May use the operator's admin.")
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.email


class Tenant(models.Model):
    """A vendor's organisation. The one table that every process may read, so it holds no secret and no setting."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.CharField(max_length=40, unique=True, validators=[SLUG_VALIDATOR])
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Paper(models.TextChoices):
    """The size of printed documents; "auto" is Letter where the buyer's country prints on it, else A4."""

    AUTO = "auto"
    A4 = "a4"
    LETTER = "letter"


def default_reminders() -> list[int]:
    """A week and three weeks after the due date."""
    return [7, 21]


class Profile(TenantModel):
    """A tenant's settings: how it appears on documents, when its cycles close, and its `config_version`.

    `config_version` grows with every change that ingestion caches (customers, definitions); see `bump_config`.
    """

    config_version = models.BigIntegerField(default=1, editable=False)
    legal_name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    address = models.JSONField(default=dict, blank=True)
    country = models.CharField(max_length=2, blank=True)
    tax_id = models.CharField(max_length=64, blank=True)
    accent = models.CharField(max_length=7, default="#1f5c45", validators=[COLOUR_VALIDATOR])
    grace = models.DurationField(
        default=timedelta, help_text="How long after its end a cycle waits before it is closed."
    )
    payment_days = models.PositiveSmallIntegerField(default=30, help_text="Days from issue until an invoice is due.")
    payment_instructions = models.TextField(blank=True)
    invoice_prefix = models.CharField(max_length=12, default="CF")
    credit_note_prefix = models.CharField(max_length=12, default="CN")
    locale = models.CharField(max_length=16, default="en", help_text="Of documents, where the customer names none.")
    paper = models.CharField(max_length=6, choices=Paper, default=Paper.AUTO)
    review_invoices = models.BooleanField(default=False, help_text="Closing makes drafts that a member issues.")
    skip_empty_invoices = models.BooleanField(
        default=False, help_text="A cycle with nothing to bill closes without an invoice."
    )
    invoice_intro = models.TextField(blank=True)
    invoice_footer = models.TextField(blank=True)
    reminder_days = models.JSONField(
        default=default_reminders,
        blank=True,
        help_text="Days from the due date on which an unpaid invoice is reminded of.",
    )

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint("tenant", name="tenants_one_profile"),
        ]

    def __str__(self) -> str:
        return self.legal_name


class Logo(TenantModel):
    """A picture that stands on documents. They name theirs by `sha256`, so a row stays for ever.

    The newest is used for new documents; one without content means none.
    """

    append_only = True

    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=16)
    content = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [*TenantModel.Meta.constraints]
        indexes = [models.Index("tenant", "sha256", name="tenants_logo_by_hash")]

    def __str__(self) -> str:
        return f"{self.media_type} {self.sha256[:12]}"


class Role(models.TextChoices):
    """What a member may do; each role may do all that the later ones may (finance and developer are apart)."""

    OWNER = "owner"
    ADMIN = "admin"
    FINANCE = "finance"
    DEVELOPER = "developer"
    VIEWER = "viewer"


class Member(TenantModel):
    """A user of a tenant, with a role. `alerts`: whether mails tell him that something has stopped."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=Role)
    alerts = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            TenantKey(name="tenants_member_key"),
            RowLevelSecurity(name="tenants_member_rls", own_user=True),
            models.UniqueConstraint("tenant", "user", name="tenants_member_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class TaxStatus(models.TextChoices):
    """How a customer is taxed: by the rules (apps/taxes), not at all, or by himself (reverse charge)."""

    STANDARD = "standard"
    EXEMPT = "exempt"
    REVERSE_CHARGE = "reverse_charge"


class CustomerQuerySet(models.QuerySet["Customer"]):
    def matching(self, text: str) -> Self:
        """Those whose name, external id or e-mail address contains the text."""
        if not text:
            return self
        condition = models.Q(name__icontains=text) | models.Q(external_id__icontains=text)
        return self.filter(condition | models.Q(email__icontains=text))


CustomerManager = TenantManager.from_queryset(CustomerQuerySet)


class Customer(TenantModel):
    """Who is billed. `closed_through` is a local date, exclusive, that only grows: no entry is written before it.

    `locale` ("de-AT") is the language and the formats of his documents; empty: the tenant's. `exemption` is the reason
    that stands on the documents of an exempt customer.
    """

    external_id = models.CharField(max_length=128, validators=[CODE_VALIDATOR])
    name = models.CharField(max_length=200)
    email = models.EmailField()
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64)
    country = models.CharField(max_length=2)
    address = models.JSONField(default=dict, blank=True)
    tax_id = models.CharField(max_length=64, blank=True)
    locale = models.CharField(max_length=16, blank=True)
    tax_status = models.CharField(max_length=14, choices=TaxStatus, default=TaxStatus.STANDARD)
    exemption = models.CharField(max_length=200, blank=True)
    closed_through = models.DateField(default=NEVER_CLOSED, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CustomerManager()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint("tenant", "external_id", name="tenants_customer_external_id"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return periods.zone(self.time_zone)

    def today(self, at: datetime) -> date:
        """The customer's local day at an instant."""
        return periods.local_day(at, self.zone)


class Contact(TenantModel):
    """A user who may see one customer's portal."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    customer = belongs_to("tenants.Customer", related_name="contacts")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            TenantKey(name="tenants_contact_key"),
            RowLevelSecurity(name="tenants_contact_rls", own_user=True),
            TenantFK("customer", name="tenants_contact_customer"),
            models.UniqueConstraint("tenant", "customer", "user", name="tenants_contact_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} for {self.customer_id}"


class Scope(models.TextChoices):
    """What an API key may do."""

    EVENTS_WRITE = "events:write"
    READ = "read"
    MANAGE = "manage"


def fingerprint(secret: str) -> str:
    """What is stored of a secret: keys and links carry 256 random bits, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


class SecretModel(TenantModel):
    """A bearer secret, `<prefix>_<tenant slug>_<secret>`: shown once, stored as a hash.

    The tenant stands in it in clear, so that its scope opens before the secret is looked up.
    """

    prefix: ClassVar[str]

    secret_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def issue(cls, tenant: Tenant, **fields: Any) -> tuple[Self, str]:
        """Store a new one and return it with its full text, which can't be had again."""
        secret = secrets.token_urlsafe(32)
        row = cls(secret_hash=fingerprint(secret), **cls.known_of(secret), **fields)
        row.save(force_insert=True)
        return row, f"{cls.prefix}_{tenant.slug}_{secret}"

    @classmethod
    def known_of(cls, secret: str) -> dict[str, str]:
        """What else is kept of a new secret, for people to tell secrets apart."""
        return {}

    @classmethod
    def split(cls, text: str) -> tuple[str, str] | None:
        """(tenant slug, secret) of a text of this form; slugs have no underscore, so this is unambiguous."""
        prefix, _, rest = text.partition("_")
        slug, _, secret = rest.partition("_")
        known = prefix == cls.prefix and SLUG.fullmatch(slug)
        return (slug, secret) if known and secret else None


class ApiKey(SecretModel):
    """A tenant's key for the API, with scopes; revoked rather than deleted. A limit that is None is the operator's."""

    prefix = "cf"
    LAST_USED_EVERY = timedelta(minutes=1)

    name = models.CharField(max_length=100)
    hint = models.CharField(max_length=8, editable=False)
    scopes = models.JSONField(default=list)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    requests_per_second = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    events_per_second = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint("tenant", "secret_hash", name="tenants_apikey_secret"),
            models.CheckConstraint(
                condition=models.Q(requests_per_second__gte=1) & models.Q(events_per_second__gte=1),
                name="tenants_apikey_limits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (…{self.hint})"

    @classmethod
    def known_of(cls, secret: str) -> dict[str, str]:
        return {"hint": secret[-4:]}

    def revoke(self, *, at: datetime) -> bool:
        """Revoke; False if it was already."""
        return bool(type(self).objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=at))

    def limit(self, *, requests_per_second: int | None, events_per_second: int | None) -> None:
        """Let it do so much in a second; None is the operator's default."""
        type(self).objects.filter(pk=self.pk).update(
            requests_per_second=requests_per_second, events_per_second=events_per_second
        )

    def limits(self) -> dict[str, int]:
        """How many requests and events it may send to each web process in a second; 0 is no limit."""
        own = {"requests": self.requests_per_second, "events": self.events_per_second}
        return {unit: limit or settings.RATE_LIMITS[unit] for unit, limit in own.items()}

    def touch(self, *, at: datetime) -> None:
        """Note the use, at most once a minute, so that a busy key's row is not written all the time.

        Where another request has just noted its own, which others see once it is answered, nobody waits for that.
        """
        if self.last_used_at is None or at - self.last_used_at >= self.LAST_USED_EVERY:
            rows = type(self).objects
            free = rows.filter(pk=self.pk).select_for_update(skip_locked=True, no_key=True)
            rows.filter(pk__in=free.values("pk")).update(last_used_at=at)


class PortalLink(SecretModel):
    """A link that opens one customer's portal without a login until it expires."""

    prefix = "cfp"
    LIFE = timedelta(days=7)

    customer = belongs_to("tenants.Customer", related_name="portal_links")
    expires_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("customer", name="tenants_portallink_customer"),
            models.UniqueConstraint("tenant", "secret_hash", name="tenants_portallink_secret"),
        ]

    def __str__(self) -> str:
        return f"link for {self.customer_id}"


def bump_config(tenant_id: UUID) -> None:
    """Make every process that cached this tenant's customers or definitions read them anew.

    Call it in the transaction of the change: ingestion reads the version in each transaction of its own.
    """
    Profile.objects.filter(tenant_id=tenant_id).update(config_version=models.F("config_version") + 1)
