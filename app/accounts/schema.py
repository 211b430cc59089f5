"""How the API's documents describe a login."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from accounts.cookies import ACCESS


class TokenScheme(OpenApiAuthenticationExtension):
    """A header or a cookie: either will do."""

    target_class = "accounts.authentication.TokenAuthentication"
    name = ["header", "cookie"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        """Both ways to send the access token."""
        header = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        return [header, {"type": "apiKey", "in": "cookie", "name": ACCESS}]
