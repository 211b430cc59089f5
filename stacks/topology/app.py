"""The part of an environment that the user brings: a Django project."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from stacks.model import Model
from stacks.values import UrlPath

BUNDLED = "app"


class Exchange(Model):
    """A request that leaves something behind, and where to find it again.

    `body` is sent as JSON to `path`; `{text}` in it stands for a text that is new each time.
    `answer` is where that text is read: `{id}` and the like are fields of the first answer.
    """

    path: UrlPath
    body: Mapping[str, str]
    answer: str


class Smoke(Model):
    """What the smoke checks may ask of this project, beyond its health.

    `write` goes to the database, `task` to the worker; `pages` are addresses that everybody may
    read; `ready_parts` are what the readiness answer names under `checks`.
    """

    write: Exchange | None = None
    task: Exchange | None = None
    pages: tuple[str, ...] = ()
    ready_parts: tuple[str, ...] = ()


BUNDLED_SMOKE = Smoke(
    write=Exchange(
        path="/api/v1/notes/",
        body={"title": "smoke check", "body": "{text}"},
        answer="/api/v1/notes/{id}/",
    ),
    task=Exchange(path="/api/v1/echo/", body={"text": "{text}"}, answer="/api/v1/echo/{id}/"),
    pages=("/api/schema/", "/api/docs/", "/api/redoc/"),
    ready_parts=("database", "cache", "broker", "migrations"),
)

BUNDLED_PUBLIC = ("/api/v1/notes/recent/", "/api/v1/projects/public/")


class App(Model):
    """Any Django project: where it is, what it needs, and how it starts.

    `path` is relative to the project's folder. `requirements` (a file below `path`: a lock, a
    requirements.txt or a pyproject.toml) is locked with hashes, or is locked when it is built.
    Commands are lists of arguments. `not_secret` names variables of `environment` whose names look
    like a secret's. `public_paths` are answers that the edge may share between
    users for a moment, when the answer itself says `Cache-Control: public`.
    """

    path: str = BUNDLED
    requirements: str = "requirements.lock"
    wsgi: str = "config.wsgi:application"
    celery: str = "config.celery:app"
    settings: str = "config.settings"
    release: tuple[tuple[str, ...], ...] = (("python", "manage.py", "release"),)
    live_path: UrlPath = "/health/live"
    ready_path: UrlPath = "/health/ready"
    worker_health: tuple[str, ...] = ("python", "-m", "config.celery_health", "worker")
    beat_health: tuple[str, ...] = ("python", "-m", "config.celery_health", "beat")
    environment: Mapping[str, str] = {}
    not_secret: tuple[str, ...] = Field(default=(), max_length=64)
    mode: Literal["development", "staging", "production"] = "production"
    public_paths: tuple[UrlPath, ...] = Field(default=BUNDLED_PUBLIC, max_length=64)
    smoke: Smoke = BUNDLED_SMOKE

    @model_validator(mode="before")
    @classmethod
    def _another_project_has_other_addresses(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("path", BUNDLED) != BUNDLED:
            return {"public_paths": (), "smoke": Smoke(), **given}
        return given

    @model_validator(mode="after")
    def _each_path_is_named_once(self) -> "App":
        paths = (self.live_path, *self.public_paths)
        if len(set(paths)) != len(paths):
            raise ValueError("public_paths names a path twice, or the live path, never shared")
        return self
