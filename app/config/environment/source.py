"""Reads variables, and the files that they name."""

import os
import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)


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
    text = re.sub(
        "^(Input|String|Value) should", "must", error["msg"].removeprefix("Value error, ")
    )
    text = text.replace("'", "")
    if not error["loc"]:  # of several variables together: the text names them
        return f"configuration: {text}"
    first = str(error["loc"][0])
    inner = [each for each in error["loc"][1:] if isinstance(each, str)]
    name = first if first.isupper() else f"{prefix}{first}".upper()
    if error["type"] in ("missing", "string_too_short", "too_short") and not inner:
        return f"configuration: {name} is missing or empty: set {name}, or {name}_FILE to a path"
    return " ".join(("configuration:", name, *(["of", ".".join(inner)] if inner else []), text))
