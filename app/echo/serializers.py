"""The round trip as the API's clients see it."""

from typing import Any

from rest_framework import serializers

from core.api.strict_input import StrictSerializer


class EchoInput(StrictSerializer):
    """What is sent."""

    text = serializers.CharField(max_length=1000)


class EchoAccepted(serializers.Serializer[Any]):
    """What the client asks with later."""

    id = serializers.UUIDField()


class EchoOutput(EchoAccepted):
    """Where the text is."""

    status = serializers.ChoiceField(
        choices=["PENDING", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED"]
    )
    result = serializers.CharField(allow_null=True)
