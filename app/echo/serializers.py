"""Input and output of the round trip."""

from typing import Any

from rest_framework import serializers

from core.api.strict_input import StrictSerializer


class EchoInput(StrictSerializer):
    """The text to send."""

    text = serializers.CharField(max_length=1000)


class EchoAccepted(serializers.Serializer[Any]):
    """The id of the round trip."""

    id = serializers.UUIDField()


class EchoOutput(EchoAccepted):
    """The state of the round trip, and its text once it is back."""

    status = serializers.ChoiceField(
        choices=["PENDING", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED"]
    )
    result = serializers.CharField(allow_null=True)
