"""What the addresses of accounts take and give."""

from typing import Any

from rest_framework import serializers

# Above it a password costs time, and adds nothing; hashers take any length below.
LONGEST = 1024


class LoginInput(serializers.Serializer[Any]):
    """With `cookies` the tokens are set as cookies, for a browser, and are not in the answer."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=LONGEST, trim_whitespace=False)
    cookies = serializers.BooleanField(default=False)


class RefreshInput(serializers.Serializer[Any]):
    """Without `refresh` the cookie is taken."""

    refresh = serializers.CharField(max_length=4096, required=False)


class Tokens(serializers.Serializer[Any]):
    """The next pair. `expires_in` is the access token's, in seconds; with cookies it is alone."""

    access = serializers.CharField(required=False)
    refresh = serializers.CharField(required=False)
    token_type = serializers.CharField(default="Bearer")
    expires_in = serializers.IntegerField()


class AccountOutput(serializers.Serializer[Any]):
    """An account, as its owner sees it."""

    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField()
    is_staff = serializers.BooleanField()
    email_confirmed = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_email_confirmed(self, account: Any) -> bool:
        """Whether the owner has shown that mail to the address reaches them."""
        return account.email_confirmed_at is not None
