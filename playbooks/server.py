"""Prepare a server for releases of the service."""

from pyinfra.api.deploy import deploy
from pyinfra.context import host
from pyinfra.operations import apt, files, server

PACKAGES = ["python3", "python3-venv", "ca-certificates", "tzdata"]
APT_CACHE_SECONDS = 24 * 3600


@deploy("Prepare the server for releases")
def ready_for_releases() -> None:
    """Packages, clock, the service's user and its folders. A second run changes nothing."""
    apt.packages(
        name="Install Python and its dependencies",
        packages=PACKAGES,
        update=True,
        cache_time=APT_CACHE_SECONDS,
        no_recommends=True,
    )
    server.timezone(name="Keep the clock in UTC", timezone=host.data.timezone)
    _user()
    _folders()


def _user() -> None:
    """The service's own user, without a login."""
    name, number, home = host.data.service_user, host.data.service_uid, host.data.service_home
    server.group(name="Create the service's group", group=name, gid=number)
    server.user(
        name="Create the service's user, without a login",
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
            name=f"Create {path}, owned by root", path=path, user="root", group="root", mode="755"
        )
    files.directory(
        name="Create the folder for the service's own files",
        path=f"{home}/shared",
        user=host.data.service_user,
        group=host.data.service_user,
        mode="750",
    )
