"""A version for the content of each project, and the function that the triggers of it call."""

import django.contrib.postgres.functions
import django.db.models.deletion
from django.db import migrations, models

from core.db.cascades import cascade

# `changed` holds the rows that the trigger's statement has changed. A project that is deleted in
# this transaction gets no version again. The order avoids deadlocks between two such statements.
FUNCTION = """
CREATE FUNCTION projects_renew_content_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO projects_contentversion (project_id)
  SELECT DISTINCT c.project_id FROM changed c JOIN projects_project p ON p.id = c.project_id
  ORDER BY c.project_id
  ON CONFLICT (project_id) DO UPDATE SET version = gen_random_uuid();
  RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0002_cascades")]

    operations = [
        migrations.CreateModel(
            name="ContentVersion",
            fields=[
                (
                    "project",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="projects.project",
                    ),
                ),
                (
                    "version",
                    models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID()),
                ),
            ],
        ),
        cascade("projects_contentversion", column="project_id", to="projects_project"),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION projects_renew_content_version()"),
    ]
