from zoneinfo import ZoneInfo

from django.db import migrations, models


def tell_days(apps, editor):
    """The customer's day by the zone that he is in now: which one he was in then, nobody wrote down."""
    payments = apps.get_model("invoices", "Payment").objects.using(editor.connection.alias)
    customers = apps.get_model("tenants", "Customer").objects.using(editor.connection.alias)
    zones = {(tenant, pk): ZoneInfo(name) for tenant, pk, name in customers.values_list("tenant_id", "pk", "time_zone")}
    for one in payments.only("tenant_id", "id", "customer_id", "at").iterator():
        day = one.at.astimezone(zones[one.tenant_id, one.customer_id]).date()
        payments.filter(tenant_id=one.tenant_id, pk=one.pk).update(day=day)


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0004_names"),
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.AddField("payment", "day", models.DateField(null=True)),
        migrations.RunPython(tell_days, migrations.RunPython.noop),
        migrations.AlterField("payment", "day", models.DateField()),
    ]
