"""Tasks as the API's documents describe them. `shape` writes them, `inputs` checks."""

from typing import Any

from rest_framework import serializers

from core.api.path_converters import LARGEST_ID
from core.api.strict_input import StrictSerializer
from domains.tasks import fields
from domains.tasks.inputs import MOST_WORDS
from domains.tasks.models import Priority, Status

UP_TO_100: dict[str, Any] = {"required": False, "max_length": 100}
NUMBER: dict[str, Any] = {"min_value": 1, "max_value": LARGEST_ID}


class Person(serializers.Serializer[Any]):
    """An account."""

    id = serializers.IntegerField()
    name = serializers.CharField(allow_blank=True)


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
        **NUMBER, allow_null=True, required=False, help_text="A member of the project."
    )
    due = serializers.DateField(allow_null=True, required=False)
    labels = serializers.ListField(
        child=serializers.IntegerField(**NUMBER),
        max_length=fields.MOST_LABELS,
        required=False,
        help_text="Labels of the project; they take the place of those before.",
    )


class TaskInput(TaskPatch):
    """A new task."""

    title = serializers.CharField(max_length=200)


class TaskChange(TaskPatch):
    """The change of one task among many."""

    id = serializers.IntegerField(**NUMBER)
    version = serializers.IntegerField(**NUMBER, help_text="The one that it was made from.")


class BulkInput(StrictSerializer):
    """Up to 100 changes together, one at least; all of them are made, or none."""

    never_empty = True

    create = TaskInput(many=True, **UP_TO_100)  # type: ignore[assignment]
    update = TaskChange(many=True, **UP_TO_100)  # type: ignore[assignment]
    delete = serializers.ListField(child=serializers.IntegerField(**NUMBER), **UP_TO_100)


class BulkOutput(serializers.Serializer[Any]):
    """What came of it, in the order of the request."""

    created = TaskOutput(many=True)
    updated = TaskOutput(many=True)
    deleted = serializers.ListField(child=serializers.IntegerField())


class TaskQuery(StrictSerializer):
    """How the list is filtered and ordered."""

    status = serializers.ChoiceField(choices=Status.choices, required=False)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    assignee = serializers.IntegerField(**NUMBER, required=False)
    label = serializers.IntegerField(**NUMBER, required=False)  # type: ignore[assignment]
    due_before = serializers.DateField(required=False)
    due_after = serializers.DateField(required=False)
    q = serializers.CharField(
        max_length=fields.LONGEST_QUERY,
        required=False,
        help_text=(
            "Words of the title and the description, as a search engine takes them; "
            f"{MOST_WORDS} at most. By rank: the best of the newest {fields.RANKED} that fit."
        ),
    )
    ordering = serializers.ChoiceField(
        choices=fields.ORDERINGS,
        required=False,
        help_text="The newest first; with q the best first. No day counts as the last one.",
    )
    cursor = serializers.CharField(max_length=500, required=False)
    page_size = serializers.IntegerField(
        min_value=1, max_value=fields.MOST_ON_PAGE, default=fields.PAGE
    )
    format = serializers.CharField(max_length=10, required=False)


class CommentInput(StrictSerializer):
    """What somebody says."""

    never_empty = True

    body = serializers.CharField(max_length=10_000)


class Author(Person):
    """Who wrote a row that has the account's number and name beside its own fields."""

    def to_representation(self, instance: Any) -> Any:
        """The account, or null."""
        if instance["author_number"] is None:
            return None
        return {"id": instance["author_number"], "name": instance["author_name"]}


class Hanging(serializers.Serializer[Any]):
    """What hangs on a task. `author` is null when the account is gone."""

    id = serializers.IntegerField()
    task = serializers.IntegerField(source="task_id")
    author = Author(source="*", allow_null=True)
    created_at = serializers.DateTimeField()


class CommentOutput(Hanging):
    """A comment; `edited_at` is null until its text changes."""

    body = serializers.CharField()
    edited_at = serializers.DateTimeField(allow_null=True)


class AttachmentInput(StrictSerializer):
    """What is known of a file. The file itself is kept elsewhere."""

    name = serializers.CharField(max_length=255)
    size = serializers.IntegerField(min_value=0, max_value=fields.MOST_SIZE, help_text="In bytes.")
    content_type = serializers.RegexField(
        rf"^{fields.KIND.pattern}\Z", help_text="For example application/pdf."
    )
    checksum = serializers.RegexField(
        rf"^{fields.CHECKSUM.pattern}\Z", help_text="SHA-256, in hexadecimal."
    )


class AttachmentOutput(Hanging):
    """What is known of a file."""

    name = serializers.CharField()
    size = serializers.IntegerField()
    content_type = serializers.CharField()
    checksum = serializers.CharField()
