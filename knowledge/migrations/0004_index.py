"""The counts of what was indexed before, and the vectors that it lacks."""

from collections import Counter
from typing import Any

from django.conf import settings
from django.db import migrations
from django.db.models import Value
from django.db.models.functions import StrIndex, Substr

def fill(apps: Any, schema_editor: Any) -> None:
    chunk, term = apps.get_model("knowledge", "Chunk"), apps.get_model("knowledge", "Term")
    counts: Counter[str] = Counter()
    for terms in chunk.objects.values_list("terms", flat=True).iterator():
        counts.update(set(terms.split()))
    version = apps.get_model("knowledge", "IndexVersion").objects.first()
    rows = (term(index=version, term=name, chunks=count) for name, count in counts.items())
    term.objects.bulk_create(rows, batch_size=500)
    documents = apps.get_model("knowledge", "Document").objects.filter(source__contains="/")
    documents.update(collection=Substr("source", 1, StrIndex("source", Value("/")) - 1))
    if version is not None and settings.KNOWLEDGE_ENCODER:
        pending = apps.get_model("knowledge", "PendingVector")
        waiting = (pending(chunk_id=pk, index=version) for pk in chunk.objects.values_list("pk", flat=True))
        pending.objects.bulk_create(waiting, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0003_versions")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
