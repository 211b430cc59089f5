"""`manage.py release`: runs once per release, before the service starts."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

LOCK_ID = 0x75707368  # arbitrary, the same in every release
WAIT_SECONDS = 60.0


class Command(BaseCommand):
    """Migrations and static files, by one process at a time."""

    help = "Wait for the database, apply migrations under a lock, and collect static files."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the time limit."""
        text = "seconds for the database, and then for another release to end"
        parser.add_argument("--wait", type=float, default=WAIT_SECONDS, help=text)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the release; a failure ends with status 1 and its reason on standard error."""
        with direct_connection(wait=options["wait"]) as lock:
            take_lock(lock, wait=options["wait"])
            try:
                call_command("migrate", interactive=False, stdout=self.stdout)
            except Exception as error:
                raise CommandError(f"release: a migration failed: {error}") from error
        try:
            call_command("collectstatic", interactive=False, stdout=self.stdout)
        except Exception as error:
            raise CommandError(f"release: static files failed: {error}") from error


@contextmanager
def direct_connection(*, wait: float) -> Iterator[psycopg.Connection[Any]]:
    """Open a connection outside of the pool, since the lock belongs to its session."""
    connected = connect_within(wait=wait)
    try:
        yield connected
    finally:
        connected.close()


def connect_within(*, wait: float) -> psycopg.Connection[Any]:
    """Connect as soon as the database accepts connections."""
    given = connection.settings_dict
    deadline = time.monotonic() + wait
    while True:
        try:
            return psycopg.connect(
                host=given["HOST"],
                port=given["PORT"],
                dbname=given["NAME"],
                user=given["USER"],
                password=given["PASSWORD"],
                connect_timeout=3,
                application_name="release",
                autocommit=True,
            )
        except psycopg.OperationalError as error:
            if time.monotonic() >= deadline:
                reason = f"release: no database after {wait:.0f} s: {error}"
                raise CommandError(reason) from error
            time.sleep(0.5)


def take_lock(lock: psycopg.Connection[Any], *, wait: float) -> None:
    """Hold the release lock for as long as the connection lives."""
    deadline = time.monotonic() + wait
    while True:
        row = lock.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_ID]).fetchone()
        if row and row[0]:
            return
        if time.monotonic() >= deadline:
            raise CommandError(f"release: another release is still running after {wait:.0f} s")
        time.sleep(0.5)
