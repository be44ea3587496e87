from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0003_figures"),
    ]

    operations = [
        migrations.AddField(
            model_name="jobitem",
            name="size",
            field=models.PositiveIntegerField(default=1),
        ),
    ]
