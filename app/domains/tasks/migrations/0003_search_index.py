"""The index of a search begins with the project.

It is built beside the running service: no write waits for it. On a large table that takes longer
than `DATABASE_STATEMENT_TIMEOUT` lets a statement run, and it waits for old transactions longer
than `DATABASE_LOCK_TIMEOUT`: both are off while it is built. A build that was interrupted leaves an
index that is not valid; it is dropped before the next try.
"""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import (
    AddIndexConcurrently,
    BtreeGinExtension,
    RemoveIndexConcurrently,
)
from django.db import migrations

OFF = "SET statement_timeout = 0; SET lock_timeout = 0"
OWN = "RESET statement_timeout; RESET lock_timeout"


def gone(name: str) -> migrations.RunSQL:
    """Before an index of this name is built, in either direction, it is not there."""
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
    return migrations.RunSQL(drop, reverse_sql=migrations.RunSQL.noop)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("tasks", "0002_cascades")]

    operations = [
        migrations.RunSQL(OFF, reverse_sql=OWN),
        BtreeGinExtension(),
        gone("tasks_words"),
        AddIndexConcurrently(
            model_name="task",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["project", "search"], name="tasks_words"
            ),
        ),
        RemoveIndexConcurrently(model_name="task", name="tasks_search"),
        migrations.RunSQL(OWN, reverse_sql=OFF),
    ]
