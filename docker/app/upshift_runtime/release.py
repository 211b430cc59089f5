"""The release of any Django project: `python -m upshift_runtime.release`.

The default of `app.release`: migrates the database, and collects static files where the project
has any.
"""

import os
import sys
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command


def static_problem() -> str | None:
    """Why the edge would not find the project's static files; None when it will."""
    wanted = os.environ["STATIC_ROOT"]
    if settings.STATIC_ROOT is None or Path(settings.STATIC_ROOT) != Path(wanted):
        return (
            f"STATIC_ROOT is {settings.STATIC_ROOT!r} in {os.environ['DJANGO_SETTINGS_MODULE']},"
            f" and the edge serves {wanted}\n"
            "next: write STATIC_ROOT = os.environ.get('STATIC_ROOT', BASE_DIR / 'staticfiles')"
        )
    return None


def main() -> int:
    """Exit status 0 when all is done; Django's own errors are raised."""
    django.setup()
    if any(each["ENGINE"] != "django.db.backends.dummy" for each in settings.DATABASES.values()):
        call_command("migrate", interactive=False)
    if not apps.is_installed("django.contrib.staticfiles"):
        return 0
    if problem := static_problem():
        sys.stderr.write(f"{problem}\n")
        return 1
    if settings.STATIC_URL != "/static/":
        sys.stderr.write(
            f"warning: STATIC_URL is {settings.STATIC_URL!r}: the edge serves /static/ itself, and"
            " sends all else to the service\n"
        )
    call_command("collectstatic", interactive=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
