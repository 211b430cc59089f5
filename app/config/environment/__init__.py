"""What the environment tells the service, by subject, checked by pydantic-settings.

Each value is given as NAME, or as NAME_FILE: a file that holds it. A value that is missing, empty
or wrong stops the start with an error that names the variable and never shows a value.
"""

from accounts.social.provider import Provider
from config.environment.application import Application, Passwords, Rates
from config.environment.general import General
from config.environment.servers import Cache, Database, Mail, Outbox, Queue
from config.environment.source import load


class Environment:
    """Everything that the service is told from outside. Raises ConfigurationError."""

    def __init__(self) -> None:
        self.app = load(Application)
        self.general = load(General)
        self.rates = load(Rates)
        self.database = load(Database)
        first = self.general.redis_first_database
        self.cache = load(Cache).redis(first=first)
        queue = load(Queue)
        self.queue, self.queue_visibility = queue.redis(first=first), queue.visibility
        self.outbox = load(Outbox)
        self.mail = load(Mail)
        self.passwords = load(Passwords)
        self.mode, self.debug, self.version = self.app.env, self.app.debug, self.app.version
        self.release = self.general.release_id
        usual = 1 if self.queue.sentinels else 0
        given = self.general.session_replicas
        self.session_replicas: int = usual if given is None else given
        self.secret_keys = tuple(key.get_secret_value() for key in self.general.secret_key)
        self.jwt_keys = tuple(key.get_secret_value() for key in self.general.jwt_keys)

    @property
    def social_providers(self) -> dict[str, Provider]:
        """The OpenID providers by name. Only development may use one without TLS."""
        allow_http = self.mode == "development"
        given = self.general.social_providers
        return {name: each.provider(name, allow_http=allow_http) for name, each in given.items()}

    def __repr__(self) -> str:
        return f"<Environment {self.mode}>"
