"""All input is UTF-8, whatever charset a client names in its Content-Type."""

import re
from collections.abc import Callable, Iterable
from typing import Any

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]

CHARSET = re.compile(r";\s*charset\s*=\s*(\"[^\"]*\"|[^;]*)", re.IGNORECASE)


def ignore_charset(application: Wsgi) -> Wsgi:
    """Wrap a WSGI application so that it does not see the charset of the Content-Type.

    Django decodes the query with it while it makes the request, before any middleware, and takes
    every codec of Python: `zlib` or `rot13` was a 500 in Gunicorn's HTML (test_hostile_input).
    """

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if content_type := environ.get("CONTENT_TYPE"):
            environ["CONTENT_TYPE"] = CHARSET.sub("", content_type)
        return application(environ, start_response)

    return answer
