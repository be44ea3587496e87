"""The law of the ledger: every accepted billable outcome is in exactly one class, at every moment."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

CLASSES = ("open", "awaiting", "expired", "held", "voided", "fenced", "unbilled")

COUNT = """
WITH entry AS (
  SELECT o.id, o.customer_id, v.definition_id, o.awaits_confirmation, o.settles_at, c.closed_through,
    COALESCE(released.booked_day, confirmed.booked_day, o.booked_day) AS day,
    confirmed.id IS NOT NULL AS confirmed,
    voided.id IS NOT NULL AND NOT voided.after_fence AS voided,
    held.id IS NOT NULL AND NOT held.after_fence AND released.id IS NULL AS held
  FROM events_outcome o
  JOIN outcomes_definitionversion v ON v.tenant_id = o.tenant_id AND v.id = o.version_id
  JOIN tenants_customer c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id
  LEFT JOIN events_resolution voided ON voided.tenant_id = o.tenant_id AND voided.outcome_id = o.id AND voided.kind =
  'void' LEFT JOIN events_resolution held ON held.tenant_id = o.tenant_id AND held.outcome_id = o.id AND held.kind =
  'hold' LEFT JOIN events_resolution released ON released.tenant_id = o.tenant_id AND released.outcome_id = o.id
    AND released.kind = 'release'
  LEFT JOIN events_resolution confirmed ON confirmed.tenant_id = o.tenant_id AND confirmed.outcome_id = o.id
    AND confirmed.kind = 'confirm'
  WHERE o.tenant_id = %(tenant)s
)
SELECT CASE
    WHEN voided THEN 'voided'
    WHEN held THEN 'held'
    WHEN awaits_confirmation AND NOT confirmed THEN CASE WHEN settles_at >= %(at)s THEN 'awaiting' ELSE 'expired' END
    WHEN NOT EXISTS (
      SELECT FROM plans_subscription s
      JOIN plans_price p ON p.tenant_id = s.tenant_id AND p.plan_version_id = s.plan_version_id
      WHERE s.tenant_id = %(tenant)s AND s.customer_id = entry.customer_id AND p.definition_id = entry.definition_id
        AND s.start <= entry.day AND (s."end" IS NULL OR s."end" > entry.day)
    ) THEN 'unbilled'
    WHEN day < closed_through THEN 'fenced'
    ELSE 'open'
  END AS class, count(*)
FROM entry GROUP BY class
"""


def classes(tenant_id: UUID, *, at: datetime) -> Mapping[str, int]:
    """How many outcomes of the tenant are in each class; they sum to what was accepted as billable."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"tenant": tenant_id, "at": at})
        counts = dict(cursor.fetchall())
    return {name: counts.get(name, 0) for name in CLASSES}
