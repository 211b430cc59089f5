"""The service's settings as in production, whatever the container's own are, for the tests.

They empty Redis again and again, and so have databases of their own there: a developer's queue,
sessions and cache on the same servers stay as they are.
"""

import os

os.environ |= {"APP_ENV": "production", "APP_DEBUG": "0", "REDIS_FIRST_DATABASE": "4"}

from config.settings import *  # noqa: E402,F401,F403

# What a test starts is the service as it is, on the same databases.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
