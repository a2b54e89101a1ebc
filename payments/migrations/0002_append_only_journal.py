"""The journal is append-only on both engines: triggers refuse UPDATE and DELETE (and TRUNCATE on PostgreSQL)."""

from django.db import migrations

from payments.append_only import install, remove


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
