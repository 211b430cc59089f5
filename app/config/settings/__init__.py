"""Django's settings, a file for each part. `config.environment` reads what comes from outside."""

from config.settings.accounts import *  # noqa: F401,F403
from config.settings.api import *  # noqa: F401,F403
from config.settings.cache import *  # noqa: F401,F403
from config.settings.core import *  # noqa: F401,F403
from config.settings.database import *  # noqa: F401,F403
from config.settings.environment import ENV  # noqa: F401
from config.settings.limits import *  # noqa: F401,F403
from config.settings.mail import *  # noqa: F401,F403
from config.settings.observe import *  # noqa: F401,F403
from config.settings.queue import *  # noqa: F401,F403
from config.settings.security import *  # noqa: F401,F403
from config.settings.social import *  # noqa: F401,F403
from config.settings.web import *  # noqa: F401,F403
