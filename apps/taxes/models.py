"""What taxes a tenant collects: rates by country, region and category, each with the days on which it holds."""

from django.db import models
from django.db.models import F, Q

from apps.common.categories import STANDARD
from apps.common.text import CODE_VALIDATOR
from apps.tenants.base import TenantModel


class TaxRate(TenantModel):
    """A tax on what is sold to a country on the days [valid_from, valid_until); None: until further notice.

    `region` empty: all of the country. Several rates that hold for one line are all charged, each on the net amount.
    """

    name = models.CharField(max_length=40)
    category = models.CharField(max_length=40, default=STANDARD, validators=[CODE_VALIDATOR])
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=60, blank=True)
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="taxes_rate_percent"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="taxes_rate_days"
            ),
            models.UniqueConstraint(
                "tenant", "country", "region", "category", "name", "valid_from", name="taxes_rate_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.percent}% {self.country}"
