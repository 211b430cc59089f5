"""Each statement that changes tasks or labels renews the version of their project's content."""

from django.db import migrations


def trigger(table: str, *, event: str, rows: str) -> migrations.RunSQL:
    """After each statement of this kind; `rows` is which of them it has, OLD or NEW."""
    name = f"{table}_content_{event.lower()}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {rows} TABLE AS changed "
        "FOR EACH STATEMENT EXECUTE FUNCTION projects_renew_content_version()",
        f"DROP TRIGGER {name} ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("projects", "0003_content_version"), ("tasks", "0003_search_index")]

    operations = [
        trigger("tasks_task", event="INSERT", rows="NEW"),
        trigger("tasks_task", event="UPDATE", rows="NEW"),
        trigger("tasks_task", event="DELETE", rows="OLD"),
        trigger("tasks_label", event="UPDATE", rows="NEW"),
        trigger("tasks_label", event="DELETE", rows="OLD"),
    ]
