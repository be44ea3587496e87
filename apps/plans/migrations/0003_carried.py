from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0002_documents"),
    ]

    operations = [
        migrations.AddField(
            model_name="discount",
            name="carried",
            field=models.BooleanField(default=False),
        ),
    ]
