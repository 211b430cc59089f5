"""What the addresses of accounts take and give."""

from typing import Any

from rest_framework import serializers

from core.api.strict_input import StrictSerializer

# Above it a password costs time, and adds nothing; hashers take any length below.
LONGEST = 1024
LONGEST_CODE = 64


class LoginInput(StrictSerializer):
    """With `cookies` the tokens are set as cookies, for a browser, and are not in the answer.

    `code`: of the app, or a recovery code, where the account has a second factor.
    """

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=LONGEST, trim_whitespace=False)
    code = serializers.CharField(max_length=LONGEST_CODE, required=False)
    device = serializers.CharField(
        max_length=300,
        required=False,
        help_text="From an earlier answer. With it strangers' attempts do not count for you.",
    )
    cookies = serializers.BooleanField(default=False)


class RefreshInput(StrictSerializer):
    """Without `refresh` the cookie is taken."""

    refresh = serializers.CharField(max_length=4096, required=False)


class RegisterInput(StrictSerializer):
    """Who wants an account. The password is chosen later, by who reads the address's mail."""

    email = serializers.EmailField(max_length=254)
    name = serializers.CharField(max_length=150, allow_blank=True, default="")


class ResetInput(StrictSerializer):
    """Whose password is forgotten."""

    email = serializers.EmailField(max_length=254)


class NewPassword(StrictSerializer):
    """The token of a mail, and the password that it lets its reader set."""

    token = serializers.CharField(max_length=2048)
    password = serializers.CharField(max_length=LONGEST, trim_whitespace=False)


class PasswordChange(StrictSerializer):
    """The password as it is, and as it shall be."""

    current = serializers.CharField(max_length=LONGEST, trim_whitespace=False)
    password = serializers.CharField(max_length=LONGEST, trim_whitespace=False)


class Password(StrictSerializer):
    """The password of who is logged in: shown again before something is changed."""

    password = serializers.CharField(max_length=LONGEST, trim_whitespace=False)


class Code(StrictSerializer):
    """What the app shows now."""

    code = serializers.CharField(max_length=LONGEST_CODE)


class BothFactors(StrictSerializer):
    """The password, and a code of the app or a recovery code."""

    password = serializers.CharField(max_length=LONGEST, trim_whitespace=False)
    code = serializers.CharField(max_length=LONGEST_CODE)


class SecondFactorOutput(serializers.Serializer[Any]):
    """The second factor of who asks. `demanded`: the account must have one."""

    on = serializers.BooleanField()
    since = serializers.DateTimeField(allow_null=True)
    recovery_codes_left = serializers.IntegerField()
    demanded = serializers.BooleanField()


class SecondFactorBegun(serializers.Serializer[Any]):
    """What an authenticator app takes in: `uri` as a QR code, or `secret` typed by hand."""

    secret = serializers.CharField()
    uri = serializers.CharField()


class RecoveryCodes(serializers.Serializer[Any]):
    """Each opens the account once instead of the app. They are shown here, and never again."""

    recovery_codes = serializers.ListField(child=serializers.CharField())


class Sent(serializers.Serializer[Any]):
    """What is said of a mail, whether there is one or not."""

    detail = serializers.CharField()


class SessionOutput(serializers.Serializer[Any]):
    """One login. `agent` is what its program called itself; `current` is who asks."""

    id = serializers.CharField()
    began = serializers.DateTimeField()
    ends = serializers.DateTimeField()
    agent = serializers.CharField(allow_blank=True)
    current = serializers.BooleanField()


class Tokens(serializers.Serializer[Any]):
    """The next pair. `expires_in` is the access token's, in seconds; with cookies it is alone."""

    access = serializers.CharField(required=False)
    refresh = serializers.CharField(required=False)
    token_type = serializers.CharField(default="Bearer")
    expires_in = serializers.IntegerField()


class LoginOutput(Tokens):
    """The first pair, and for a client without cookies what makes its device known."""

    device = serializers.CharField(
        required=False, help_text="Keep it, and send it with the next login of this account."
    )


class TokensWithCodes(Tokens, RecoveryCodes):
    """The pair of a new session, and the codes to keep."""


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
