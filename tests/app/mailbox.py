"""The way of a mail in the tests: what was asked for is written by the task, and read here."""

import re
from typing import Any

from accounts.tasks import write_mail
from django.core import mail


class Post:
    """What requests have asked for, until `deliver` has a worker's task write it."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def enqueue(self, task_name: str, *, args: dict[str, Any], key: str) -> None:
        """As the outbox does."""
        assert task_name == write_mail.name and key.startswith("mail:")
        self.asked.append(args)

    def deliver(self) -> list[Any]:
        """The mails that came of it."""
        mail.outbox.clear()
        while self.asked:
            write_mail.apply(kwargs=self.asked.pop(0)).get()
        return list(mail.outbox)

    def token(self) -> str:
        """The token of the one mail that came."""
        (letter,) = self.deliver()
        found = re.search(r"^(eyJ\S+)$", letter.body, re.MULTILINE)
        assert found, letter.body
        return found.group(1)
