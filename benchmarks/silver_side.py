"""The other side of silver.py: runs in the environment of django-silver, with an older Python and Django.

It answers one line of JSON when it is ready and one for each day it is sent: the seconds that its generator took and
the invoices issued by then on that day.
"""

import datetime
import gc
import json
import os
import sys
import time
from decimal import Decimal
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings


def database():
    url = urlsplit(os.environ["SILVER_DATABASE"])
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.lstrip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": None,
    }


settings.configure(
    SECRET_KEY="bench",  # noqa: S106  # it guards nothing
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    DATABASES={"default": database()},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_fsm", "silver"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    PAYMENT_PROCESSORS={},
    SILVER_PAYMENT_TOKEN_EXPIRATION=datetime.timedelta(minutes=5),
    SILVER_AUTOMATICALLY_CREATE_TRANSACTIONS=False,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from silver import models  # noqa: E402
from silver.documents_generator import DocumentsGenerator  # noqa: E402

ADDRESS = {"address_1": "410 Harbor Street", "country": "US", "city": "Portland", "zip_code": "97201"}


def make(customers, start):
    provider = models.Provider.objects.create(
        name="Northwind",
        flow="invoice",
        invoice_series="NW",
        invoice_starting_number=1,
        default_document_state="issued",
        **ADDRESS,
    )
    code, other = (models.ProductCode.objects.create(value=value) for value in ("growth", "ticket"))
    feature = models.MeteredFeature.objects.create(
        name="Resolved ticket", unit="ticket", price_per_unit=Decimal("0.99"), included_units=100, product_code=other
    )
    plan = models.Plan.objects.create(
        name="Growth",
        interval="month",
        interval_count=1,
        amount=Decimal("99.00"),
        currency="USD",
        product_code=code,
        provider=provider,
    )
    plan.metered_features.add(feature)
    for number in range(customers):
        customer = models.Customer.objects.create(
            first_name="Customer", last_name=str(number), currency="USD", **ADDRESS
        )
        subscription = models.Subscription.objects.create(plan=plan, customer=customer, start_date=start)
        subscription.activate(start_date=start)
        subscription.save()
    return feature


def count(feature, month):
    """Last month's usage: one log for each subscription, as its API leaves it."""
    end = month - datetime.timedelta(days=1)
    models.MeteredFeatureUnitsLog.objects.bulk_create(
        models.MeteredFeatureUnitsLog(
            metered_feature=feature, subscription=one, consumed_units=200, start_date=end.replace(day=1), end_date=end
        )
        for one in models.Subscription.objects.all()
    )


def answer(**fields):
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def main():
    call_command("migrate", verbosity=0)
    feature = make(int(os.environ["SILVER_CUSTOMERS"]), datetime.date.fromisoformat(os.environ["SILVER_START"]))
    gc.collect()
    gc.freeze()  # as the other side does
    answer(ready=1)
    for line in sys.stdin:
        day = datetime.date.fromisoformat(line.strip())
        count(feature, day)
        before = models.Invoice.objects.filter(state="issued").count()
        began = time.perf_counter()
        DocumentsGenerator().generate(billing_date=day)
        seconds = time.perf_counter() - began
        answer(seconds=seconds, invoices=models.Invoice.objects.filter(state="issued").count() - before)


main()
