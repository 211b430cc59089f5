"""`manage.py seed`: many rows, fast, and always the same."""

import os
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from domains.tasks.seeding import Amount, seed

DEFAULTS = {"users": 100, "projects": 20, "tasks": 10_000, "labels": 6, "seed": 1}
PASSWORD = "SEED_PASSWORD"


class Command(BaseCommand):
    """Adds accounts, projects, labels and tasks; a second run with the same seed adds nothing."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """How much, and where it is allowed."""
        for name, default in DEFAULTS.items():
            parser.add_argument(f"--{name}", type=int, default=default)
        parser.add_argument(
            "--password-from",
            choices=("stdin", "env"),
            help=f"gives the first account a password: a line of standard input, or ${PASSWORD}",
        )
        parser.add_argument("--yes-in-production", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Add them, and say how long it took."""
        if settings.ENV.mode == "production" and not options["yes_in_production"]:
            raise CommandError("this is production: say --yes-in-production if it is meant")
        amount = Amount(**{name: options[name] for name in DEFAULTS})
        if min(amount.users, amount.projects) < 1 or min(amount.tasks, amount.labels) < 0:
            raise CommandError("at least one user and one project are needed, and nothing below 0")
        password = self._password(options["password_from"])
        began = time.perf_counter()
        if not seed(amount, password=password):
            self.stdout.write(f"seed {amount.seed} is there already: nothing added")
            return
        seconds = time.perf_counter() - began
        self.stdout.write(
            f"added {amount.users} users, {amount.projects} projects, {amount.tasks} tasks"
            f" in {seconds:.1f} s; the first account is {amount.email(0)}"
        )

    @staticmethod
    def _password(source: str | None) -> str | None:
        """Never from the command line, which every user of the machine can read."""
        if source is None:
            return None
        given = os.environ.get(PASSWORD, "") if source == "env" else sys.stdin.readline()
        if len(given.strip()) < 12:
            raise CommandError("the password must have 12 characters at least")
        return given.strip()
