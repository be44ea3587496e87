"""What has to hold of the documents: each closed cycle is invoiced once, for what its days hold, and all follows."""

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import psycopg

from apps.invoices.tasks import close_cycles
from apps.outbox import broker
from chaos.checks import LEDGER, ask
from chaos.scene import Vendor

OPEN = """
SELECT count(*) FROM invoices_cycle
WHERE tenant_id = %(tenant)s AND (closed_at IS NULL AND ends_at <= now() OR closed_at IS NOT NULL AND NOT billed)
"""
DOUBLED = """
SELECT c.id, count(i.id) FROM invoices_cycle c
LEFT JOIN invoices_invoice i ON i.tenant_id = c.tenant_id AND i.cycle_id = c.id
WHERE c.tenant_id = %(tenant)s AND c.closed_at IS NOT NULL GROUP BY c.id HAVING count(i.id) <> 1
"""
GAPS = """
SELECT s.code, s.next - 1, count(i.id), count(DISTINCT i.number), max(substring(i.number FROM '[0-9]+$')::int)
FROM invoices_numberseries s LEFT JOIN invoices_invoice i ON i.tenant_id = s.tenant_id AND i.number LIKE s.code || '-%%'
WHERE s.tenant_id = %(tenant)s AND s.code NOT LIKE 'CN%%' GROUP BY s.code, s.next
HAVING NOT (s.next - 1 = count(i.id) AND count(i.id) = count(DISTINCT i.number)
  AND count(i.id) = max(substring(i.number FROM '[0-9]+$')::int))
"""
BILLED = f"""
WITH entry AS ({LEDGER}),
  owed AS (
    SELECT i.id, d.code AS outcome, sum(entry.quantity) AS quantity
    FROM invoices_invoice i
    JOIN invoices_cycle c ON c.tenant_id = i.tenant_id AND c.id = i.cycle_id
    JOIN entry ON entry.customer_id = c.customer_id AND entry.day >= c.start AND entry.day < c."end"
    JOIN outcomes_definitionversion v ON v.tenant_id = i.tenant_id AND v.id = entry.version_id
    JOIN outcomes_outcomedefinition d ON d.tenant_id = i.tenant_id AND d.id = v.definition_id
    WHERE i.tenant_id = %(tenant)s GROUP BY 1, 2
  ),
  billed AS (
    SELECT invoice_id AS id, outcome, sum(quantity) AS quantity FROM invoices_invoiceline
    WHERE tenant_id = %(tenant)s AND kind = 'usage' GROUP BY 1, 2
  )
SELECT owed.id, billed.id, outcome, owed.quantity, billed.quantity FROM owed FULL JOIN billed USING (id, outcome)
WHERE COALESCE(owed.quantity, 0) <> COALESCE(billed.quantity, 0)
"""  # noqa: S608
UNTOLD = """
SELECT i.number, count(*) FILTER (WHERE o.handler = 'apps.invoices.deliver.store_pdf') AS pdfs,
  count(*) FILTER (WHERE o.handler = 'apps.invoices.deliver.mail_invoice') AS mails
FROM invoices_invoice i
LEFT JOIN outbox_outboxentry o ON o.tenant_id = i.tenant_id AND o.args = to_jsonb(ARRAY[i.id::text])
WHERE i.tenant_id = %(tenant)s GROUP BY i.id, i.number
HAVING NOT (count(*) FILTER (WHERE o.handler = 'apps.invoices.deliver.store_pdf') = 1
  AND count(*) FILTER (WHERE o.handler = 'apps.invoices.deliver.mail_invoice') = 1)
"""
WAITING = "SELECT count(*) FROM outbox_outboxentry WHERE tenant_id = %(tenant)s AND done_at IS NULL"
UNDELIVERED = """
SELECT i.number, count(DISTINCT p.id), count(DISTINCT m.id), max(m.state) FROM invoices_invoice i
LEFT JOIN invoices_invoicepdf p ON p.tenant_id = i.tenant_id AND p.invoice_id = i.id
LEFT JOIN outbox_mail m ON m.tenant_id = i.tenant_id AND m.about_id = i.id
WHERE i.tenant_id = %(tenant)s GROUP BY i.id, i.number
HAVING NOT (count(DISTINCT p.id) = 1 AND count(DISTINCT m.id) = 1 AND max(m.state) = 'sent')
"""


def ask_to_close(vendor: Vendor) -> None:
    """Have a worker close what is due, if one can be asked."""
    with suppress(broker.Unreachable):
        broker.ask(close_cycles.name, [str(vendor.tenant_id)])


def wait_until_closed(database: psycopg.Connection[Any], vendor: Vendor, seconds: float) -> Iterator[str]:
    """Ask until the worker has closed and invoiced all that is due."""
    end = time.monotonic() + seconds
    asked = 0.0
    while (left := ask(database, OPEN, vendor)[0][0]) and time.monotonic() < end:
        if time.monotonic() - asked > 3:
            ask_to_close(vendor)
            asked = time.monotonic()
        time.sleep(0.1)
    if left:
        yield f"{left} cycles of {vendor.slug} are due and not invoiced after {seconds:.0f} s, at {datetime.now(UTC)}"


def wait_until_delivered(database: psycopg.Connection[Any], vendor: Vendor, seconds: float) -> Iterator[str]:
    """Wait until beat and the worker have emptied the outbox, and look at what came of it."""
    end = time.monotonic() + seconds
    while (left := ask(database, WAITING, vendor)[0][0]) and time.monotonic() < end:
        time.sleep(0.5)
    if left:
        yield f"{left} entries of the outbox of {vendor.slug} still wait after {seconds:.0f} s"
    yield from (f"not delivered once: {row}" for row in ask(database, UNDELIVERED, vendor))


def invoices(database: psycopg.Connection[Any], vendor: Vendor) -> Iterator[str]:
    """Each closed cycle has one invoice, for what its days hold; no number and no entry of the outbox is missing."""
    yield from (f"a closed cycle has not one invoice: {row}" for row in ask(database, DOUBLED, vendor))
    yield from (f"numbers have gaps: {row}" for row in ask(database, GAPS, vendor))
    yield from (f"an invoice differs from the ledger: {row}" for row in ask(database, BILLED, vendor))
    yield from (f"an invoice lacks entries of the outbox: {row}" for row in ask(database, UNTOLD, vendor))
