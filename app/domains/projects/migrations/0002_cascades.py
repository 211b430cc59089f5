"""What belongs to a project goes with it."""

from django.db import migrations

from core.db.cascades import cascade


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial")]

    operations = [
        cascade("projects_membership", column="project_id", to="projects_project"),
        cascade("projects_activity", column="project_id", to="projects_project"),
    ]
