"""The two yardsticks beside the service, on the same Gunicorn settings, limits and core.

The bare view answers JSON and does nothing else; the usual way answers the service's own list as
most people would write it. Their code is beside the service's tests, which compare its answers with
the service's; it is mounted into the service's own image.
"""

from dataclasses import dataclass

from stacks.topology import PROJECT
from tests.bench import bare
from tests.bench.bare import Bare

CODE = PROJECT / "tests" / "app" / "usual"
PLACE = "/srv/usual"


@dataclass(frozen=True)
class Yardstick:
    """A Django project: its WSGI application and its settings."""

    name: str
    wsgi: str
    settings: str

    def beside(self, service: str, *, label: str, cores: str) -> Bare:
        """Start it with what the service's container has."""
        return bare.beside(
            service,
            name=f"{service}-{self.name}",
            wsgi=self.wsgi,
            label=label,
            cores=cores,
            mounts=[(CODE, PLACE)],
            environment={
                "PYTHONPATH": f"{PLACE}:/srv/app",
                "DJANGO_SETTINGS_MODULE": self.settings,
            },
        )


BARE_VIEW = Yardstick("bare-view", "bare_wsgi:application", "bare_settings")
USUAL_WAY = Yardstick("usual-way", "usual_wsgi:application", "usual_settings")


def there() -> bool:
    """Whether this checkout has their code."""
    return CODE.is_dir()
