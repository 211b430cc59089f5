"""Notes as the API's clients see them."""

from typing import Any

from rest_framework import serializers

from core.api.strict_input import StrictSerializer


class NoteInput(StrictSerializer):
    """What a client may say of a note."""

    title = serializers.CharField(max_length=200)
    body = serializers.CharField(
        max_length=20_000, allow_blank=True, default="", style={"base_template": "textarea.html"}
    )


class NoteOutput(serializers.Serializer[Any]):
    """What a client gets."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    body = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
