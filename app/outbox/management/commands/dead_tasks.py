"""`manage.py dead_tasks list|retry|drop`: what was given up, from a shell."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outbox import dead

ACTS = {"retry": dead.retry, "drop": dead.drop}


class Command(BaseCommand):
    """Look at the dead tasks, try them again, or forget them."""

    help = "List the tasks that failed for good; try them again or drop them."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which of them."""
        parser.add_argument("act", choices=["list", *ACTS])
        parser.add_argument("ids", nargs="*", type=int, help="their numbers, from the list")
        parser.add_argument("--all", action="store_true", help="all of them")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line of JSON for each, or how many it was done with."""
        if options["act"] == "list":
            for message in dead.dead_messages():
                shown = {"id": message.pk, "task": message.task, "args": message.args}
                shown |= {"dead_at": message.dead_at, "error": message.error}
                self.stdout.write(json.dumps(shown, default=str))
            return
        if bool(options["ids"]) == options["all"]:
            raise CommandError("name the tasks by their numbers, or give --all")
        ids = options["ids"] or list(dead.dead_messages().values_list("pk", flat=True))
        self.stdout.write(f"{options['act']}: {ACTS[options['act']](ids)}")
