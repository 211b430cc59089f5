"""How the API's documents describe a login."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from accounts.auth.cookies import ACCESS
from core.api.error_schema import SAID
from core.api.errors import CONTENT_TYPE, problem

# What a token opens before a second factor that is demanded is there.
BEFORE_SECOND_FACTOR = ("auth_second_factor", "auth_me", "auth_logout")


class TokenScheme(OpenApiAuthenticationExtension):
    """A header or a cookie: either will do."""

    target_class = "accounts.auth.authentication.TokenAuthentication"
    match_subclasses = True
    name = ["header", "cookie"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        """Both ways to send the access token."""
        header = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        return [header, {"type": "apiKey", "in": "cookie", "name": ACCESS}]


def document_second_factor(result: Any, **_: Any) -> Any:
    """drf-spectacular's hook: what needs a token may need a second factor, whichever view it is."""
    # Not above: this module is loaded with the apps, before anybody needs the settings of tokens.
    from accounts.auth.authentication import DEMANDED, SecondFactorDemanded

    kind, title = SecondFactorDemanded.kind, SecondFactorDemanded.title
    example = {"value": problem(403, detail=DEMANDED, kind=kind, title=title)}
    for methods in result["paths"].values():
        for operation in methods.values():
            public = {} in operation.get("security", [{}])
            if public or operation["operationId"].startswith(BEFORE_SECOND_FACTOR):
                continue
            refusal = operation["responses"].setdefault("403", _forbidden())
            refusal["content"][CONTENT_TYPE]["examples"]["SecondFactorDemanded"] = example
    return result


def _forbidden() -> dict[str, Any]:
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}
    return {"description": SAID[403], "content": {CONTENT_TYPE: content}}
