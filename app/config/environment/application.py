"""The deployment, requests, logins and passwords."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from config.environment.source import Section, prefixed
from config.environment.values import Names, Networks, Rate, Text

ORIGINS = "must name origins such as https://app.example.com"
ORIGIN = r"https?://[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?"
FOLDER = r"[a-z0-9_-]+(/[a-z0-9_-]+)*/"


class Application(Section):
    """APP_...: the deployment, requests, logins."""

    model_config = prefixed("APP_")
    env: Literal["development", "staging", "production"]
    # Tracebacks to the client and cookies over plain HTTP: for a developer's own machine only.
    debug: bool = False
    allowed_hosts: Annotated[Names, Field(min_length=1)]
    trusted_origins: Names = ()
    version: Text = "0.0.0"
    log_level: Text = "INFO"
    admin_path: Text = "admin/"
    cors_origins: Names = ()
    max_body_bytes: int = Field(default=1_048_576, ge=1024, le=100_000_000)
    idempotency_seconds: int = Field(default=86_400, ge=60, le=2_592_000)
    # Their X-Real-IP is trusted; a unix socket needs none.
    trusted_proxies: Networks = ()
    searches_at_once: int = Field(default=2, ge=1, le=1000)
    search_timeout_ms: int = Field(default=2000, ge=50, le=60_000)
    slow_request_ms: int = Field(default=500, ge=0, le=600_000)
    worker_metrics_port: int = Field(default=9808, ge=0, le=65_535)
    refresh_grace_seconds: int = Field(default=10, ge=0, le=60)
    second_factor: Literal["offered", "staff", "everyone"] = "offered"
    second_factor_name: Text = "Upshift service"

    @field_validator("admin_path")
    @classmethod
    def _admin_path_is_free(cls, path: str) -> str:
        taken = path.startswith(("api/", "static/", "health/", "metrics/"))
        if taken or not re.fullmatch(FOLDER, path):
            raise ValueError("must be a path such as back/office/, without a first slash")
        return path

    @field_validator("cors_origins")
    @classmethod
    def _origins_are_whole(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        # A star would be every site.
        if not all(re.fullmatch(ORIGIN, each) for each in origins):
            raise ValueError(ORIGINS)
        return origins

    @model_validator(mode="after")
    def _development_only(self) -> Self:
        if self.debug and self.env != "development":
            raise ValueError("APP_DEBUG may be 1 only where APP_ENV is development")
        if not self.debug and any(each.startswith("http://") for each in self.cors_origins):
            raise ValueError(f"APP_CORS_ORIGINS {ORIGINS}")
        return self


class Rates(Section):
    """APP_RATE_...: limits by client address, and by account for any client."""

    model_config = prefixed("APP_RATE_")
    login_address: Rate = "30/m"
    login_account: Rate = "10/m"
    # For one account from one address, and from one device that logged in before (`limit_login`).
    login_account_address: Rate = "5/m"
    login_device: Rate = "10/m"
    code_account: Rate = "20/h"
    refresh_address: Rate = "120/m"
    refresh_account: Rate = "30/m"
    register_address: Rate = "10/h"
    register_account: Rate = "3/h"
    reset_address: Rate = "10/h"
    reset_account: Rate = "3/h"
    write_address: Rate = "600/m"
    write_account: Rate = "1200/m"


class Passwords(Section):
    """PASSWORD_...: hashes at once in one process, and requests that wait for their turn."""

    model_config = prefixed("PASSWORD_")
    hashes_at_once: int = Field(default=1, ge=1, le=64)
    hashes_waiting: int = Field(default=2, ge=0, le=256)
    hash_wait_seconds: int = Field(default=5, ge=1, le=30)
