"""The activity log of a project: written in the transaction of the change that it records."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, transaction
from django.db.models import Model
from django.db.models.expressions import DatabaseDefault
from psycopg.errors import UniqueViolation

from domains.projects.models import Activity

M = TypeVar("M", bound=Model)
COLUMNS = "project_id, actor_id, verb, subject, subject_id, data"
CREATE = f"""
WITH created AS (
  INSERT INTO {{table}} ({{columns}}) VALUES ({{values}}) RETURNING *
), recorded AS (
  INSERT INTO projects_activity ({COLUMNS})
  SELECT coalesce(%s::bigint, id), %s::bigint, 'created', %s::text, id, %s::jsonb FROM created
)
SELECT * FROM created
"""


def record_activity(
    actor_id: int,
    project_id: int,
    *,
    verb: str,
    subject: str,
    subject_id: int,
    data: Mapping[str, Any],
) -> None:
    """Record that `actor_id` did `verb` to a row, a `subject`. One query."""
    Activity.objects.create(
        project_id=project_id,
        actor_id=actor_id,
        verb=verb,
        subject=subject,
        subject_id=subject_id,
        data=data,
    )


def create_with_activity(
    row: M, *, actor_id: int, project_id: int | None, data: Mapping[str, Any]
) -> M:
    """Insert the row and its activity in one statement; returns the row as it is stored.

    One statement and not two, since a create with an Idempotency-Key has two more, and four is
    the limit of a request. No signals are sent. Without `project_id` the row is the project.
    """
    given = {
        field.column: field.get_db_prep_save(getattr(row, field.attname), connection)
        for field in row._meta.concrete_fields
        if not field.primary_key and not isinstance(getattr(row, field.attname), DatabaseDefault)
    }
    sql = CREATE.format(
        table=row._meta.db_table,
        columns=", ".join(given),
        values=", ".join(["%s"] * len(given)),
    )
    recorded = [project_id, actor_id, row._meta.model_name, json.dumps(data)]
    rows = type(row)._default_manager.using(DEFAULT_DB_ALIAS)
    (created,) = rows.raw(sql, [*given.values(), *recorded])
    return created


def activity_sql(verb: str, *, rows: str, subject: str, data: str) -> str:
    """An INSERT for a WITH of a statement that changes many things: one activity for each row.

    `rows` is the part of the WITH that returns the changed rows; `data` is an SQL expression over
    them, and values go into it as parameters, never as text. The actor is `%(actor)s`.
    """
    return (
        f"INSERT INTO projects_activity ({COLUMNS}) "
        f"SELECT project_id, %(actor)s::bigint, '{verb}', '{subject}', id, {data} FROM {rows}"
    )


@contextmanager
def unique_or_invalid(errors: dict[str, list[str]]) -> Iterator[None]:
    """A transaction; a row that exists already is a ValidationError with these errors."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        raise ValidationError(errors) from None
