"""Reads variables and the files that they name, and the kinds of values that they hold."""

import os
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StrictBool,
    StringConstraints,
    ValidationError,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from accounts.social.provider import MULTI_FACTOR, Provider

PROVIDER_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class ConfigurationError(Exception):
    """A variable is missing or wrong.

    No ImproperlyConfigured: Django's command line swallows that one for a while.
    """


class FileSource(EnvSettingsSource):
    """Reads NAME, or the file that NAME_FILE names."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The value, its key, and whether it is JSON. Raises ConfigurationError."""
        value, key, is_json = super().get_field_value(field, field_name)
        name = str(field.validation_alias or f"{self.env_prefix}{field_name}").upper()
        path = os.environ.get(f"{name}_FILE")
        if not path:
            return value, key, is_json
        if value:
            raise ConfigurationError(
                f"configuration: {name} and {name}_FILE are both set: keep one"
            )
        try:
            return Path(path).read_text(encoding="utf-8").strip(), key, is_json
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise ConfigurationError(
                f"configuration: {name}_FILE cannot be read: {path}: {reason}"
            ) from None


class Section(BaseSettings):
    """The variables of one subject."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, validate_default=False
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment and the files that it names, nothing else."""
        return (FileSource(settings_cls),)


def prefixed(prefix: str) -> SettingsConfigDict:
    """The configuration of a section whose variables begin with the prefix."""
    return SettingsConfigDict(env_prefix=prefix)


AnySection = TypeVar("AnySection", bound=Section)


def load(section: type[AnySection]) -> AnySection:
    """Read one section. Raises ConfigurationError, with a line for each wrong variable."""
    prefix = section.model_config.get("env_prefix", "")
    try:
        return section()
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        raise ConfigurationError("\n".join(_line(each, prefix=prefix) for each in found)) from None
    except SettingsError as error:
        if isinstance(error.__cause__, ConfigurationError):  # of FileSource
            raise error.__cause__ from None
        # What should be JSON is not; the error's own text would show the value.
        name = re.search(r'field "(\w+)"', str(error))
        variable = f"{prefix}{name[1] if name else ''}".upper()
        raise ConfigurationError(f"configuration: {variable} must be JSON") from None


def _line(error: Any, *, prefix: str) -> str:
    text = error["msg"].removeprefix("Value error, ").replace("Input should", "must")
    if not error["loc"]:  # of several variables together: the text names them
        return f"configuration: {text}"
    first = str(error["loc"][0])
    inner = [each for each in error["loc"][1:] if isinstance(each, str)]
    name = first if first.isupper() else f"{prefix}{first}".upper()
    if error["type"] in ("missing", "string_too_short", "too_short") and not inner:
        return f"configuration: {name} is missing or empty: set {name}, or {name}_FILE to a path"
    return " ".join(("configuration:", name, *(["of", ".".join(inner)] if inner else []), text))


def _split(value: Any) -> Any:
    return tuple(each.strip() for each in value.split(",") if each.strip())


def _network(value: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(value)
    except ValueError:
        raise ValueError("must name networks such as 10.0.0.0/8") from None


class Server(BaseModel):
    """Where a server listens."""

    host: str
    port: int


def _server(value: str) -> Server:
    host, _, port = value.rpartition(":")
    if not host or not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError("must be host:port, with a comma between two")
    return Server(host=host, port=int(port))


def _rate(value: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,8}/[1-9]?[0-9]{0,3}[smhd]", value):
        raise ValueError("must be a rate such as 30/m or 10/2h (s, m, h or d)")
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Secret = Annotated[SecretStr, BeforeValidator(str.strip), Field(min_length=1)]
# Spaces or line ends between them.
Keys = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(str.split), Field(min_length=1)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Networks = Annotated[
    tuple[Annotated[Any, AfterValidator(_network)], ...], NoDecode, BeforeValidator(_split)
]
Servers = Annotated[
    tuple[Annotated[Server, BeforeValidator(_server)], ...], NoDecode, BeforeValidator(_split)
]
Port = Annotated[int, Field(ge=1, le=65_535)]
# No limit at all would be 0, and is refused.
Milliseconds = Annotated[int, Field(ge=1, le=3_600_000)]
# Of django-ratelimit: 30/m, or 10/2h.
Rate = Annotated[str, AfterValidator(_rate)]


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
