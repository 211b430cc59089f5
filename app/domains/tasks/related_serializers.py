"""What belongs to tasks as the API's clients see it: labels, comments and attachments."""

from typing import Any

from rest_framework import serializers

from core.api.strict_input import StrictSerializer

MAX_BYTES = 2**40
COLOR = r"^#[0-9a-f]{6}\Z"
CHECKSUM = r"^[0-9a-f]{64}\Z"
CONTENT_TYPE = r"^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\Z"


class Person(serializers.Serializer[Any]):
    """An account."""

    id = serializers.IntegerField()
    name = serializers.CharField(allow_blank=True)


class LabelInput(StrictSerializer):
    """A new label."""

    name = serializers.CharField(max_length=40)
    color = serializers.RegexField(COLOR, default="#808080", help_text="As #rrggbb.")


class LabelPatch(StrictSerializer):
    """What changes."""

    name = serializers.CharField(max_length=40, required=False)
    color = serializers.RegexField(COLOR, required=False, help_text="As #rrggbb.")


class LabelOutput(serializers.Serializer[Any]):
    """A label of a project."""

    id = serializers.IntegerField()
    project = serializers.IntegerField(source="project_id")
    name = serializers.CharField()
    color = serializers.CharField()


class OfTask(serializers.Serializer[Any]):
    """What belongs to a task. `author` is null when the account was deleted."""

    id = serializers.IntegerField()
    task = serializers.IntegerField(source="task_id")
    author = Person(allow_null=True)
    created_at = serializers.DateTimeField()


class CommentInput(StrictSerializer):
    """A comment's text."""

    never_empty = True

    body = serializers.CharField(max_length=10_000)


class CommentOutput(OfTask):
    """A comment; `edited_at` is null until its text changes."""

    body = serializers.CharField()
    edited_at = serializers.DateTimeField(allow_null=True)


class AttachmentInput(StrictSerializer):
    """A file that is kept elsewhere."""

    name = serializers.CharField(max_length=255)
    size = serializers.IntegerField(min_value=0, max_value=MAX_BYTES, help_text="In bytes.")
    content_type = serializers.RegexField(CONTENT_TYPE, help_text="For example application/pdf.")
    checksum = serializers.RegexField(
        CHECKSUM, trim_whitespace=False, help_text="SHA-256, in hexadecimal."
    )


class AttachmentOutput(OfTask):
    """A file that is kept elsewhere."""

    name = serializers.CharField()
    size = serializers.IntegerField()
    content_type = serializers.CharField()
    checksum = serializers.CharField()
