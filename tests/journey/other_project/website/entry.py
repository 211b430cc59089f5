"""What Gunicorn loads, under a name of this project's own."""

from django.core.wsgi import get_wsgi_application

serve = get_wsgi_application()
