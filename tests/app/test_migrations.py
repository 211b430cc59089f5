"""Every migration can be undone and done again."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def tables():
    """What is there, with the columns, indexes, constraints and triggers of each table."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT relname, relkind::text, pg_get_indexdef(c.oid), (
              SELECT array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                               || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
                               || coalesce(' ' || pg_get_expr(d.adbin, d.adrelid), '')
                               ORDER BY a.attname)
              FROM pg_attribute a
              LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            ), (
              SELECT array_agg(conname || ' ' || pg_get_constraintdef(oid) ORDER BY conname)
              FROM pg_constraint WHERE conrelid = c.oid
            ), (
              SELECT array_agg(pg_get_triggerdef(oid) ORDER BY tgname)
              FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal
            )
            FROM pg_class c
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i', 'S', 'v', 'p')
            ORDER BY relname""")
        return cursor.fetchall()


def ours():
    """The labels of our own apps that have migrations."""
    loader = MigrationExecutor(connection).loader
    own = {app.label for app in apps.get_app_configs() if app.path.startswith("/srv/app/")}
    return sorted(own & loader.migrated_apps)


@pytest.mark.django_db(transaction=True)
def test_every_migration_can_be_undone_and_done_again():
    before = tables()
    assert {"projects_project", "tasks_task", "accounts_user"} <= {row[0] for row in before}
    labels = ours()
    assert {"accounts", "notes", "projects", "tasks"} <= set(labels)
    try:
        for label in labels:
            call_command("migrate", label, "zero", verbosity=0, interactive=False)
        left = {row[0] for row in tables()}
        assert not [name for name in left if name.startswith(tuple(f"{it}_" for it in labels))]
    finally:
        call_command("migrate", verbosity=0, interactive=False)
    assert tables() == before
