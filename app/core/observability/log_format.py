"""Formats the log as lines of JSON, each with the id of its request."""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson

request_id: ContextVar[str] = ContextVar("request_id", default="")

EXTRA_FIELDS = (
    *("method", "route", "status", "ms", "user", "queries", "query_ms", "cache_hits"),
    *("cache_misses", "statements", "task", "task_id", "state", "retries", "check", "reason"),
)
# Secrets that a library's message or a traceback could bring into the log.
SECRETS = (
    (re.compile(r"eyJ[\w-]{5,}([.:])[\w-]+\1[\w-]*"), "[token]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 [hidden]"),
    (re.compile(r"(\w+://[^\s:/@]*:)[^\s@/]+@"), r"\1[hidden]@"),
    (
        re.compile(r"(?i)\b(password|passwd|secret|token)(['\"]?\s*[=:]\s*)([^\s,;&)}]+)"),
        r"\1\2[hidden]",
    ),
)


def hide_secrets(text: str) -> str:
    """Return the text without what looks like a password or a token."""
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    return text


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname,
            "logger": record.name,
            "message": hide_secrets(self._message(record)),
        }
        if identity := request_id.get():
            line["request_id"] = identity
        line.update({key: value for key, value in record.__dict__.items() if key in EXTRA_FIELDS})
        if record.exc_info:
            line["exception"] = hide_secrets(self.formatException(record.exc_info))
        try:
            return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
        except TypeError:  # half of a surrogate pair, or a number beyond 64 bits
            return json.dumps(line, default=str)

    @staticmethod
    def _message(record: logging.LogRecord) -> str:
        """Return the message without the path that Django adds: a path may hold a token."""
        message = record.getMessage()
        path = getattr(getattr(record, "request", None), "path", "")
        return message.replace(path, "[path]") if len(path) > 1 else message


def logging_settings(*, level: str) -> dict[str, Any]:
    """Return Django's LOGGING: everything goes to standard error, through one handler."""
    logging.raiseExceptions = False  # in production a failed write is not reported to the stream
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "core.observability.log_format.JsonFormatter"}},
        # `()`, not `class`: for a QueueHandler's class logging would make a queue and a listener.
        "handlers": {
            "stderr": {
                "()": "core.observability.log_handler.QueuedStreamHandler",
                "formatter": "json",
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            # `core.observability.middleware` writes one line for each request already.
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.request": {"level": "ERROR"},
        },
    }
