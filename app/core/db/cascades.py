"""Foreign keys with which PostgreSQL itself deletes the rows that belong to a deleted row.

Django 5.2 creates no such key, so the field says `db_constraint=False` and a migration adds it.
"""

from django.db import migrations


def cascade(table: str, *, column: str, to: str) -> migrations.RunSQL:
    """The operation that adds the key; reversed, it removes the key."""
    name = f"{table}_{column}_cascade"
    add = f"FOREIGN KEY ({column}) REFERENCES {to} (id) ON DELETE CASCADE"
    return migrations.RunSQL(
        sql=f"ALTER TABLE {table} ADD CONSTRAINT {name} {add}",
        reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )
