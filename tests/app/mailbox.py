"""Mails in the tests: queued in the outbox, sent as a worker does, read here."""

import re
from typing import Any

from django.core import mail

from accounts.tasks import write_mail
from outbox.models import Message
from workers import deliver


class Post:
    """The mails that requests have queued."""

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The arguments of the queued mails."""
        return [message.args for message in self._waiting()]

    def deliver(self) -> list[Any]:
        """Send the queued mails, and return them."""
        mail.outbox.clear()
        for message in self._waiting():
            assert deliver(message.pk) == "done"
        return list(mail.outbox)

    def token(self) -> str:
        """The token of the only mail."""
        (letter,) = self.deliver()
        found = re.search(r"^(eyJ\S+)$", letter.body, re.MULTILINE)
        assert found, letter.body
        return found.group(1)

    def _waiting(self) -> list[Message]:
        return list(Message.objects.filter(task=write_mail.name, done_at=None).order_by("id"))
