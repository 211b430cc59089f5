"""What Gunicorn runs."""

import os

from django.core.wsgi import get_wsgi_application

from config import tracing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# Before the application: it reads its list of middleware once.
tracing.begin()
application = get_wsgi_application()
