"""Logs as JSON lines, each with the id of the request that it belongs to."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson

request_id: ContextVar[str] = ContextVar("request_id", default="")

EXTRAS = (
    *("method", "route", "status", "ms", "user", "queries", "query_ms", "cache_hits"),
    *("cache_misses", "statements", "task", "task_id", "state", "retries", "check", "reason"),
)
# What must never be read in a log, wherever a library's message or a traceback brings it in.
SECRETS = (
    (re.compile(r"eyJ[\w-]{5,}([.:])[\w-]+\1[\w-]*"), "[token]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 [hidden]"),
    (re.compile(r"(\w+://[^\s:/@]*:)[^\s@/]+@"), r"\1[hidden]@"),
    (
        re.compile(r"(?i)\b(password|passwd|secret|token)(['\"]?\s*[=:]\s*)([^\s,;&)}]+)"),
        r"\1\2[hidden]",
    ),
)


def hide(text: str) -> str:
    """The text without what looks like a password or a token."""
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


class JsonFormatter(logging.Formatter):
    """One record, one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname,
            "logger": record.name,
            "message": hide(self._message(record)),
        }
        if identity := request_id.get():
            line["request_id"] = identity
        told = record.__dict__
        line.update({key: told[key] for key in EXTRAS if key in told})
        if record.exc_info:
            line["exception"] = hide(self.formatException(record.exc_info))
        try:
            return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
        except TypeError:  # half of a surrogate pair, or a number beyond 64 bits
            return json.dumps(line, default=str)

    @staticmethod
    def _message(record: logging.LogRecord) -> str:
        """Django puts the address into what it says of a request; an address may hold a token."""
        said = record.getMessage()
        path = getattr(getattr(record, "request", None), "path", "")
        return said.replace(path, "[path]") if len(path) > 1 else said


def logging_settings(*, level: str) -> dict[str, Any]:
    """Django's LOGGING: everything goes to standard error, through one handler.

    It also tells Python's logging what need not be found out for each line.
    """
    # Our lines tell neither the caller nor the thread (Python's logging HOWTO). Gunicorn's and
    # Celery's own lines tell the process.
    logging.logThreads = logging.logAsyncioTasks = False  # type: ignore[attr-defined]
    logging._srcfile = None
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "core.observability.log_format.JsonFormatter"}},
        # By `()`, not by `class`: logging would give a QueueHandler a queue of its own.
        "handlers": {
            "stderr": {"()": "core.observability.log_writer.LogWriter", "formatter": "json"}
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            # `core.observability.middleware` writes one line for each request already.
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.request": {"level": "ERROR"},
        },
    }
