"""The way of a mail in the tests: asked for in the outbox, written as a worker does, read here."""

import re
from typing import Any

from django.core import mail

from accounts.tasks import write_mail
from outbox.models import Message
from workers import deliver


class Post:
    """The mails that requests have asked for."""

    @property
    def asked(self) -> list[dict[str, Any]]:
        """What waits in the outbox, and what is known of it there."""
        return [message.args for message in self._waiting()]

    def deliver(self) -> list[Any]:
        """Do the work of what waits; the mails that came of it."""
        mail.outbox.clear()
        for message in self._waiting():
            assert deliver(message.pk) == "done"
        return list(mail.outbox)

    def token(self) -> str:
        """The token of the one mail that came."""
        (letter,) = self.deliver()
        found = re.search(r"^(eyJ\S+)$", letter.body, re.MULTILINE)
        assert found, letter.body
        return found.group(1)

    def _waiting(self) -> list[Message]:
        return list(Message.objects.filter(task=write_mail.name, done_at=None).order_by("id"))
