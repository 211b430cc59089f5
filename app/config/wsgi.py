"""What Gunicorn runs."""

import gc
import os

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from config import tracing


def settled(made: WSGIHandler) -> WSGIHandler:
    """The application, with all that it is made of loaded, and out of the garbage collector's way.

    What is there when a process begins stays until it ends. To look through it again and again
    held up every request of the process for 130 to 180 ms at a time (decision 0010).
    """
    get_resolver().url_patterns  # it loads every view, as the first request would
    gc.collect()
    gc.freeze()
    return made


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Before the application: it reads its list of middleware once.
tracing.begin()
application = settled(get_wsgi_application())
