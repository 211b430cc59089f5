"""Tasks as the API's clients see them: what they send, and what they get.

PostgreSQL writes the output of lists and details as JSON (`domains.tasks.json_sql`); a test
compares it with the serializers here.
"""

import re
from datetime import date
from typing import Any

from rest_framework import serializers

from core.api.pagination import PageQuery
from core.api.path_converters import LARGEST_ID
from core.api.strict_input import StrictSerializer
from domains.tasks.models import Priority, Status
from domains.tasks.related_serializers import Person

MAX_LABELS = 20
MAX_CHANGES = 100
MAX_SEARCH_WORDS = 16
# A search by rank orders only the newest tasks that match: see `domains.tasks.pages`.
MAX_RANKED = 1000
ORDERINGS = tuple(
    sign + name
    for name in ("created_at", "updated_at", "priority", "due", "rank")
    for sign in ("-", "")
)
WORD = re.compile(r"\w+")
# PostgreSQL reads a dash as "not" wherever a word may begin, and rejects a search with some thirty
# of them as too complex. Only a dash directly before a word or a quote is meant so.
STRAY_DASHES = re.compile(r"(?<=\w)--+|-+(?![\w\"])")
UP_TO_100: dict[str, Any] = {"required": False, "max_length": MAX_CHANGES}
ID: dict[str, Any] = {"min_value": 1, "max_value": LARGEST_ID}
VERSION: dict[str, Any] = {"min_value": 1, "max_value": 2**31 - 1}


class DayField(serializers.DateField):
    """A date as YYYY-MM-DD; DRF's own takes the other forms of ISO 8601 too."""

    def to_internal_value(self, value: Any) -> date:
        """The date. Raises ValidationError."""
        if not isinstance(value, str) or len(value) != 10:
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class IdListField(serializers.ListField):
    """A list of ids, each of them once."""

    child = serializers.IntegerField(**ID)

    def to_internal_value(self, data: Any) -> list[int]:
        """The ids. Raises ValidationError."""
        ids: list[int] = super().to_internal_value(data)
        if len(set(ids)) != len(ids):
            raise serializers.ValidationError(["The list names an id twice."])
        return ids


class TaskLabelOutput(serializers.Serializer[Any]):
    """A label on a task."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    color = serializers.CharField()


class TaskLine(serializers.Serializer[Any]):
    """A task in a list. `priority` goes from 0, low, to 3, urgent."""

    id = serializers.IntegerField()
    project = serializers.IntegerField(source="project_id")
    number = serializers.IntegerField(help_text="Counts within the project.")
    title = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    priority = serializers.ChoiceField(choices=Priority.choices)
    assignee = Person(allow_null=True)
    due = serializers.DateField(allow_null=True)
    labels = TaskLabelOutput(many=True)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class TaskOutput(TaskLine):
    """One task. `author` is null when the account is gone."""

    description = serializers.CharField(allow_blank=True)
    author = Person(allow_null=True)


class TaskPage(serializers.Serializer[Any]):
    """One page of a list."""

    next = serializers.CharField(allow_null=True, help_text="The next page's address.")
    previous = serializers.CharField(allow_null=True, help_text="The page's before it.")
    results = TaskLine(many=True)


class TaskPatch(StrictSerializer):
    """What changes; all else stays."""

    title = serializers.CharField(max_length=200, required=False)
    description = serializers.CharField(max_length=20_000, allow_blank=True, required=False)
    status = serializers.ChoiceField(choices=Status.choices, required=False)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    assignee = serializers.IntegerField(
        **ID, allow_null=True, required=False, help_text="A member of the project."
    )
    due = DayField(allow_null=True, required=False)
    labels = IdListField(
        max_length=MAX_LABELS,
        required=False,
        help_text="Labels of the project; they take the place of those before.",
    )


class TaskInput(TaskPatch):
    """A new task."""

    title = serializers.CharField(max_length=200)


class TaskChange(TaskPatch):
    """The change of one task among many."""

    id = serializers.IntegerField(**ID)
    version = serializers.IntegerField(**VERSION, help_text="The one that it was made from.")


class BulkInput(StrictSerializer):
    """Up to 100 changes together, one at least; all of them are made, or none."""

    never_empty = True

    create = TaskInput(many=True, **UP_TO_100)  # type: ignore[assignment]
    update = TaskChange(many=True, **UP_TO_100)  # type: ignore[assignment]
    delete = IdListField(**UP_TO_100)


class BulkOutput(serializers.Serializer[Any]):
    """The result, in the order of the request."""

    created = TaskOutput(many=True)
    updated = TaskOutput(many=True)
    deleted = serializers.ListField(child=serializers.IntegerField())


class TaskQuery(PageQuery):
    """How the list is filtered and ordered."""

    status = serializers.ChoiceField(choices=Status.choices, required=False)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    assignee = serializers.IntegerField(**ID, required=False)
    label = serializers.IntegerField(**ID, required=False)  # type: ignore[assignment]
    due_before = DayField(required=False)
    due_after = DayField(required=False)
    q = serializers.CharField(
        max_length=200,
        required=False,
        help_text=(
            "Words of the title and the description, as a search engine takes them; "
            f"{MAX_SEARCH_WORDS} at most. By rank: the best of the newest {MAX_RANKED} that match."
        ),
    )
    ordering = serializers.ChoiceField(
        choices=ORDERINGS,
        required=False,
        help_text="The newest first; with q the best first. No day counts as the last one.",
    )
    format = serializers.CharField(max_length=10, required=False)

    def validate_q(self, value: str) -> str:
        """The search without stray dashes; each word costs PostgreSQL one more lookup."""
        words = STRAY_DASHES.sub(" ", value).strip()
        if len(WORD.findall(words)) > MAX_SEARCH_WORDS:
            raise serializers.ValidationError(f"A search has {MAX_SEARCH_WORDS} words at most.")
        return words
