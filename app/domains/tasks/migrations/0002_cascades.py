"""What belongs to a project or a task goes with it."""

from django.db import migrations

from core.db.cascades import cascade


class Migration(migrations.Migration):
    dependencies = [("tasks", "0001_initial")]

    operations = [
        cascade("tasks_label", column="project_id", to="projects_project"),
        cascade("tasks_task", column="project_id", to="projects_project"),
        cascade("tasks_comment", column="task_id", to="tasks_task"),
        cascade("tasks_attachment", column="task_id", to="tasks_task"),
        cascade("tasks_tasklabel", column="task_id", to="tasks_task"),
        cascade("tasks_tasklabel", column="label_id", to="tasks_label"),
    ]
