"""Notes as the API's clients see them: what they send, and what they get."""

from typing import Any

from rest_framework import serializers

from core.api.strict_input import StrictSerializer


class NoteInput(StrictSerializer):
    """A new note."""

    title = serializers.CharField(max_length=200)
    body = serializers.CharField(
        max_length=20_000, allow_blank=True, default="", style={"base_template": "textarea.html"}
    )


class NoteOutput(serializers.Serializer[Any]):
    """A note; `word_count` is null until a worker has counted."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    body = serializers.CharField()
    word_count = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
