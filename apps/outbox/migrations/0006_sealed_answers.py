from django.db import migrations, models

from apps.common.sealed import seal


def seal_all(apps, editor):
    """Until here answers were kept in clear, as a JSON text."""
    keys = apps.get_model("outbox", "IdempotencyKey").objects.using(editor.connection.alias)
    for key in keys.only("tenant_id", "id", "body").iterator():
        keys.filter(tenant_id=key.tenant_id, pk=key.pk).update(answer=seal(key.body))


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0005_names"),
    ]

    operations = [
        migrations.AddField("idempotencykey", "answer", models.BinaryField(null=True)),
        migrations.RunPython(seal_all),
        migrations.AlterField("idempotencykey", "answer", models.BinaryField()),
        migrations.RemoveField("idempotencykey", "body"),
        migrations.AddIndex("idempotencykey", models.Index("tenant", "created_at", name="outbox_idempotency_age")),
    ]
