"""The user's part of an environment: a Django project."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from stacks.model import Model
from stacks.values import DebianPackage, UrlPath

BUNDLED = "app"


class Exchange(Model):
    """A request that leaves something behind, and where to find it again.

    `body` is sent as JSON to `path`; `{text}` in it stands for a text that is new each time.
    `answer` is where that text is read: `{id}` and the like are fields of the first answer.
    `headers` go with both requests; `{token}` in them stands for the environment's own token of
    the smoke checks, which the service reads from the file in SMOKE_TOKEN_FILE.
    """

    path: UrlPath
    body: Mapping[str, str]
    answer: str
    headers: Mapping[str, str] = {}


class Smoke(Model):
    """What the smoke checks may ask of this project, beyond its health.

    `write` goes to the database, `task` to the worker; `pages` are public pages; `ready_parts`
    are the keys of `checks` in the readiness answer.
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
        headers={"X-Smoke-Token": "{token}"},
    ),
    task=Exchange(
        path="/api/v1/echo/",
        body={"text": "{text}"},
        answer="/api/v1/echo/{id}/",
        headers={"X-Smoke-Token": "{token}"},
    ),
    pages=("/api/schema/", "/api/docs/", "/api/redoc/"),
    ready_parts=("database", "cache", "broker", "migrations", "disk"),
)

# What holds for any Django project; the bundled service's own commands and paths hold for it alone.
ANY_PROJECT: Mapping[str, Any] = {
    "celery": None,
    "release": (("python", "-m", "upshift_runtime.release"),),
    "worker_health": ("python", "-m", "upshift_runtime.celery_health", "worker"),
    "beat_health": ("python", "-m", "upshift_runtime.celery_health", "beat"),
    "public_paths": (),
    "smoke": Smoke(),
}
# What only the project itself can say, with an example of each.
MUST_BE_NAMED = {
    "wsgi": "mysite.wsgi:application",
    "settings": "mysite.settings",
    "live_path": "/ (a page that answers 200 without a login)",
}

BUNDLED_PUBLIC = ("/api/v1/projects/public/",)


class App(Model):
    """Any Django project: where it is, what it needs, and how it starts.

    `path` is relative to the project's folder. `requirements` (a file below `path`: a lock, a
    requirements.txt or a pyproject.toml) is locked with hashes, or is locked when it is built.
    `packages` are Debian's, for the image; `build_packages` are there only while packages without a
    wheel are built. `allow_files` are files that look like a secret and may be in the image.
    Without `celery` there is no worker and no beat. Commands are lists of arguments. `version` is
    the project's own; without it the one of its pyproject.toml holds, else the release's id.
    `not_secret` names variables of `environment` whose names look
    like a secret's. `public_paths` are answers that the edge may share between
    users for a moment, when the answer itself says `Cache-Control: public`. `immutable_static` are
    folders whose files all have a hash in their names that the edge does not know as one.
    """

    path: str = BUNDLED
    requirements: str = "requirements.lock"
    packages: tuple[DebianPackage, ...] = Field(default=(), max_length=64)
    build_packages: tuple[DebianPackage, ...] = Field(default=(), max_length=64)
    allow_files: tuple[str, ...] = Field(default=(), max_length=64)
    wsgi: str = "config.wsgi:application"
    celery: str | None = "config.celery:app"
    settings: str = "config.settings"
    version: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$")
    release: tuple[tuple[str, ...], ...] = (("python", "manage.py", "release"),)
    live_path: UrlPath = "/health/live"
    ready_path: UrlPath = "/health/ready"
    worker_health: tuple[str, ...] = ("python", "-m", "core.celery.health", "worker")
    beat_health: tuple[str, ...] = ("python", "-m", "core.celery.health", "beat")
    environment: Mapping[str, str] = {}
    not_secret: tuple[str, ...] = Field(default=(), max_length=64)
    mode: Literal["development", "staging", "production"] = "production"
    public_paths: tuple[UrlPath, ...] = Field(default=BUNDLED_PUBLIC, max_length=64)
    immutable_static: tuple[UrlPath, ...] = Field(default=(), max_length=64)
    smoke: Smoke = BUNDLED_SMOKE

    @property
    def is_bundled(self) -> bool:
        """Whether the project is the service that comes with the toolkit."""
        return self.path == BUNDLED

    @model_validator(mode="before")
    @classmethod
    def _another_project_inherits_nothing_of_the_bundled_one(cls, given: Any) -> Any:
        if not isinstance(given, dict) or given.get("path", BUNDLED) == BUNDLED:
            return given
        missing = [
            f"{key}: {example}" for key, example in MUST_BE_NAMED.items() if key not in given
        ]
        if missing:
            raise ValueError(
                f"for a project of your own ({given['path']}) these keys are required, for"
                f" example {'; '.join(missing)}"
            )
        return {**ANY_PROJECT, "ready_path": given["live_path"], **given}

    @model_validator(mode="after")
    def _a_task_needs_a_worker(self) -> "App":
        if self.smoke.task is not None and self.celery is None:
            raise ValueError("smoke.task needs a worker, and without 'celery' there is none")
        return self

    @model_validator(mode="after")
    def _each_path_is_named_once(self) -> "App":
        paths = (self.live_path, *self.public_paths)
        if len(set(paths)) != len(paths):
            raise ValueError(
                "public_paths has a path twice, or the live path, which is never cached"
            )
        return self
