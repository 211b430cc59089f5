"""A server that is ready to receive releases of the service."""

from pyinfra.context import host
from pyinfra.api.deploy import deploy
from pyinfra.operations import apt, files, server

PACKAGES = ["python3", "python3-venv", "ca-certificates", "tzdata"]
APT_CACHE_SECONDS = 24 * 3600


@deploy("A server that is ready for releases")
def ready_for_releases() -> None:
    """Packages, clock, the service's user and its folders. A second run changes nothing."""
    apt.packages(
        name="Install Python and what it needs",
        packages=PACKAGES,
        update=True,
        cache_time=APT_CACHE_SECONDS,
        no_recommends=True,
    )
    server.timezone(name="Keep the clock in UTC", timezone=host.data.timezone)
    _user()
    _folders()


def _user() -> None:
    """The service's own user, who cannot log in."""
    name, number, home = host.data.service_user, host.data.service_uid, host.data.service_home
    server.group(name="Make the service's group", group=name, gid=number)
    server.user(
        name="Make the service's user, who cannot log in",
        user=name,
        uid=number,
        group=name,
        home=home,
        shell="/usr/sbin/nologin",
        system=True,
        create_home=False,
        ensure_home=False,
    )


def _folders() -> None:
    """Releases belong to root: the service runs them, and cannot change them."""
    home = host.data.service_home
    for path in (home, f"{home}/releases"):
        files.directory(
            name=f"Make {path}, owned by root", path=path, user="root", group="root", mode="755"
        )
    files.directory(
        name="Make the folder for the service's own files",
        path=f"{home}/shared",
        user=host.data.service_user,
        group=host.data.service_user,
        mode="750",
    )
