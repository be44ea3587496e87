from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast


def take_days_of_documents(apps, editor):
    """The day stands on each document already; a draft has none."""
    invoices = apps.get_model("invoices", "Invoice").objects.using(editor.connection.alias)
    invoices.update(due_on=Cast(KeyTextTransform("due_on", "document"), models.DateField()))


class Migration(migrations.Migration):
    dependencies = [
        ("invoices", "0007_waiting_in_order"),
    ]

    operations = [
        migrations.AddField("invoice", "due_on", models.DateField(null=True)),
        migrations.RunPython(take_days_of_documents, migrations.RunPython.noop),
    ]
