"""What Gunicorn runs."""

import gc
import os
import re
from typing import Any

import django
from django.conf import settings
from django.core.cache import close_caches
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, reset_queries
from django.urls import get_resolver
from django.utils.functional import cached_property

from core.observability import tracing

CHARSET = re.compile(r";\s*charset\s*=\s*(\"[^\"]*\"|[^;]*)", re.IGNORECASE)


class OneRequest(WSGIRequest):
    """A request that works out once what Django works out for each who asks."""

    @cached_property
    def scheme(self) -> str | None:
        """`http` or `https`."""
        return super().scheme

    @cached_property
    def _host(self) -> str:
        return super().get_host()

    def get_host(self) -> str:
        """The Host header, checked. Raises DisallowedHost, each time."""
        return self._host


class Application(WSGIHandler):
    """Django's, with requests of our own."""

    request_class = OneRequest

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer. A `charset` beside the content type is dropped: all that is read is UTF-8.

        Django would decode the query with it before anything of ours runs, and takes any codec
        that Python has: of `zlib` or `rot13` the request was a 500 in Gunicorn's HTML.
        """
        kind = environ.get("CONTENT_TYPE", "")
        if "charset" in kind.lower():
            environ["CONTENT_TYPE"] = CHARSET.sub("", kind)
        return super().__call__(environ, start_response)


def made() -> WSGIHandler:
    """The application, without what Django does for each request in vain.

    None begins with a connection, since the pool had it back at the end; and a cache in Redis has
    nothing to close.
    """
    django.setup(set_prefix=False)
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_caches)
    if not settings.DEBUG:
        request_started.disconnect(reset_queries)
    return Application()


def settled(application: WSGIHandler) -> WSGIHandler:
    """The application, with all that it is made of loaded, and out of the garbage collector's way.

    What is there when a process begins stays until it ends. To look through it again and again
    held up every request of the process for 130 to 180 ms at a time (decision 0010).
    """
    get_resolver().url_patterns  # it loads every view, as the first request would
    gc.collect()
    gc.freeze()
    return application


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Before the application: it reads its list of middleware once.
tracing.begin()
application = settled(made())
