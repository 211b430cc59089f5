"""The service's settings, on Redis databases of the tests' own: they empty them again and again.

A developer's queue, sessions and cache on the same servers stay as they are.
"""

import os

os.environ["REDIS_FIRST_DATABASE"] = "4"

from config.settings import *  # noqa: E402,F401,F403

# What a test starts is the service as it is, on the same databases.
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
