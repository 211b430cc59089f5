"""OpenID providers, as SOCIAL_PROVIDERS describes them."""

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, StrictBool

from accounts.social.provider import MULTI_FACTOR, Provider
from config.environment.source import ConfigurationError
from config.environment.values import Text

PROVIDER_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class ProviderVariables(BaseModel):
    """One entry of SOCIAL_PROVIDERS."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    issuer: Text
    client_id: Text
    client_secret_file: Text
    trusted: StrictBool = False
    amr: tuple[Text, ...] = MULTI_FACTOR
    acr: tuple[Text, ...] = ()

    def provider(self, name: str, *, allow_http: bool) -> Provider:
        """The provider with its secret. Raises ConfigurationError."""
        if not PROVIDER_NAME.fullmatch(name):
            raise ConfigurationError(
                f"configuration: SOCIAL_PROVIDERS must name providers such as google, not {name}"
            )
        if not self.issuer.startswith("https://") and not allow_http:
            raise ConfigurationError(
                f"configuration: SOCIAL_PROVIDERS of {name}.issuer must be https://"
            )
        return Provider(
            name=name,
            issuer=self.issuer.rstrip("/"),
            client_id=self.client_id,
            client_secret=self._secret(name),
            trusted=self.trusted,
            amr=self.amr,
            acr=self.acr,
        )

    def _secret(self, name: str) -> str:
        try:
            found = Path(self.client_secret_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            found = ""
        if not found:
            raise ConfigurationError(
                f"configuration: SOCIAL_PROVIDERS of {name}.client_secret_file names no file with"
                f" a secret: {self.client_secret_file}"
            )
        return found
