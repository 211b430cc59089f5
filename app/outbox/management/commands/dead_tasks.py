"""`manage.py dead_tasks list|retry|drop`: the dead messages, from a shell."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from outbox import dead

ACTIONS = {"retry": dead.retry, "drop": dead.drop}


class Command(BaseCommand):
    """Lists, retries or deletes dead messages."""

    help = "List the tasks that failed for good; try them again or drop them."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the action and the ids."""
        parser.add_argument("act", choices=["list", *ACTIONS])
        parser.add_argument("ids", nargs="*", type=int, help="their ids, from the list")
        parser.add_argument("--all", action="store_true", help="all of them")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write a line of JSON for each message, or the number of changed ones."""
        if options["act"] == "list":
            for message in dead.dead_messages():
                shown = {"id": message.pk, "task": message.task, "args": message.args}
                shown |= {"dead_at": message.dead_at, "error": message.error}
                self.stdout.write(json.dumps(shown, default=str))
            return
        if bool(options["ids"]) == options["all"]:
            raise CommandError("name the tasks by their numbers, or give --all")
        ids = options["ids"] or list(dead.dead_messages().values_list("pk", flat=True))
        self.stdout.write(f"{options['act']}: {ACTIONS[options['act']](ids)}")
