"""Variables without a common prefix."""

from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from config.environment.providers import ProviderVariables
from config.environment.source import Section
from config.environment.values import Keys, Text

TOKEN_LENGTH = 32  # characters, so that none can be guessed


class General(Section):
    """Variables without a common prefix."""

    # The first key signs and encrypts, the others are still accepted.
    secret_key: Keys
    jwt_keys: Keys
    metrics_token: SecretStr = SecretStr("")
    smoke_token: SecretStr = SecretStr("")
    release_id: Text = "unreleased"
    static_root: Text = "/srv/static"
    redis_first_database: int = Field(default=0, ge=0, le=1000)
    worker_stop_grace: int = Field(default=30, ge=15, le=3600)
    session_replicas: int | None = Field(default=None, ge=0, le=10)
    social_providers: dict[str, ProviderVariables] = {}
    social_login_redirect_url: Text = "/"

    @field_validator("metrics_token", "smoke_token")
    @classmethod
    def _token_is_long(cls, token: SecretStr) -> SecretStr:
        if 0 < len(token) < TOKEN_LENGTH:
            raise ValueError(f"is shorter than {TOKEN_LENGTH} characters")
        return token

    @model_validator(mode="after")
    def _keys_are_strong(self) -> Self:
        # 43 characters are 256 bits, as base64 without padding writes them.
        for name, keys, length in (
            ("SECRET_KEY", self.secret_key, 50),
            ("JWT_KEYS", self.jwt_keys, 43),
        ):
            if any(len(key) < length for key in keys):
                raise ValueError(f"{name} holds a key shorter than {length} characters")
        if len(set(self.jwt_keys)) != len(self.jwt_keys):
            raise ValueError("JWT_KEYS names a key twice")
        if set(self.jwt_keys) & set(self.secret_key):
            raise ValueError("JWT_KEYS must not hold SECRET_KEY")
        return self
