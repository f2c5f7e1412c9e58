from django.db import migrations

from tickets.triage.defaults import install


def make(apps, schema_editor):
    install(apps.get_model("tickets", "DeskRule"), apps.get_model("tickets", "Topic"))


class Migration(migrations.Migration):
    dependencies = [("tickets", "0040_telegram_posts")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
