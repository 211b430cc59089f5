"""How the OpenAPI document describes authentication, and short forms of its examples."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample

from accounts.auth.cookies import ACCESS
from core.api.error_schema import DESCRIPTIONS
from core.api.errors import CONTENT_TYPE, problem

# Operations that are permitted before a required second factor is set up.
WITHOUT_SECOND_FACTOR = ("auth_second_factor", "auth_me", "auth_logout")


def request_example(name: str, /, **value: Any) -> OpenApiExample:
    """An example of a request's body."""
    return OpenApiExample(name, value=value, request_only=True)


def response_example(name: str, /, *, status: int = 200, **value: Any) -> OpenApiExample:
    """An example of a response's body."""
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


class TokenScheme(OpenApiAuthenticationExtension):
    """Describes a header or a cookie: either authenticates."""

    target_class = "accounts.auth.authentication.TokenAuthentication"
    match_subclasses = True
    name = ["header", "cookie"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        """Both ways to send the access token."""
        header = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        return [header, {"type": "apiKey", "in": "cookie", "name": ACCESS}]


class SmokeCheckScheme(TokenScheme):
    """The same for users; the token of the smoke checks is not documented."""

    target_class = "accounts.auth.smoke_account.UserOrSmokeCheckAuthentication"
    priority = 1  # before the one of its parent class

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        """None: drf-spectacular would take the same names for two different schemes."""
        return []


def document_second_factor(result: Any, **_: Any) -> Any:
    """Postprocessing hook of drf-spectacular: each authenticated operation may require a second
    factor.
    """
    # Imported here: this module is loaded with the apps, before the settings are ready.
    from accounts.auth.authentication import SETUP_REQUIRED, SecondFactorDemanded

    kind, title = SecondFactorDemanded.kind, SecondFactorDemanded.title
    example = {"value": problem(403, detail=SETUP_REQUIRED, kind=kind, title=title)}
    for methods in result["paths"].values():
        for operation in methods.values():
            is_public = {} in operation.get("security", [{}])
            if is_public or operation["operationId"].startswith(WITHOUT_SECOND_FACTOR):
                continue
            refusal = operation["responses"].setdefault("403", _forbidden())
            refusal["content"][CONTENT_TYPE]["examples"]["SecondFactorDemanded"] = example
    return result


def _forbidden() -> dict[str, Any]:
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}
    return {"description": DESCRIPTIONS[403], "content": {CONTENT_TYPE: content}}
