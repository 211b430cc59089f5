"""Mails: asked for in a request, written and sent by a worker.

What waits in the outbox says to whom and what about. The token is made when the mail is written:
a row in a table, a queue or a log never holds one. Whether there is an account for the address is
asked by the worker too, so that nobody can tell it from an answer or its time.
"""

import uuid
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from rest_framework.exceptions import APIException

from accounts.email import tokens
from accounts.email.tokens import REGISTER, RESET, Newcomer
from accounts.models import User
from outbox.delivery import current_message_key
from outbox.services import enqueue

TASK = "accounts.tasks.write_mail"
# What an owner is told after it has happened.
CHANGED, RECOVERED = "changed", "factor_recovered"
FACTOR_ON, FACTOR_OFF, FACTOR_CODES = "factor_on", "factor_off", "factor_codes"
FACTOR_REMOVED = "factor_removed"
NOTICES = frozenset({CHANGED, RECOVERED, FACTOR_ON, FACTOR_OFF, FACTOR_CODES, FACTOR_REMOVED})


class NoMail(APIException):
    """Nobody has told the service how to send mail: better a plain word than a lost one."""

    status_code = 503
    default_detail = "This service is not set up to send mail (MAIL_HOST)."
    wait = 3600  # seconds, as Retry-After


def ask_for(about: str, *, email: str, name: str = "") -> None:
    """Have a mail written. Raises NoMail where none can be sent."""
    if not settings.SENDS_MAIL:
        raise NoMail()
    args = {"about": about, "email": User.objects.normalize_email(email), "name": name}
    with transaction.atomic():
        enqueue(TASK, args=args, key=f"mail:{uuid.uuid4()}")


def write(about: str, *, email: str, name: str) -> str:
    """Write and send one mail; the name of its text, or nothing where there is none to send."""
    if not settings.SENDS_MAIL:
        raise NoMail()
    user = User.objects.filter(email=email).first()
    if user is not None and not user.is_active:
        return ""
    if about in NOTICES:
        return _send(about, to=email)
    if about == REGISTER and user is None:
        newcomer = Newcomer(email=email, name=name)
        return _send(REGISTER, to=email, token=tokens.registration_token(newcomer))
    if about == REGISTER:
        return _send("registered", to=email)
    if user is not None:
        return _send(RESET, to=email, token=tokens.reset_token(user))
    return ""


def tell(user: User, *, about: str) -> None:
    """Have the owner told what has happened, where mail can be sent."""
    if settings.SENDS_MAIL:
        args = {"about": about, "email": user.email, "name": ""}
        enqueue(TASK, args=args, key=f"mail:{uuid.uuid4()}")


def _send(text: str, *, to: str, token: str = "") -> str:
    place = ""
    if token and settings.MAIL_PAGES:
        # Behind the #: no server on the way writes it into a log.
        place = f"{settings.MAIL_PAGES}{text}#token={token}"
    words = {"token": token, "place": place, "minutes": tokens.SECONDS // 60}
    subject, _, body = render_to_string(f"accounts/mail/{text}.txt", words).partition("\n")
    sender, content = settings.DEFAULT_FROM_EMAIL, body.strip() + "\n"
    EmailMessage(subject.strip(), content, sender, [to], headers=_named()).send()
    return text


def _named() -> dict[str, str]:
    """After a crash it may go out twice, and is one mail to whoever sorts by its name."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    key = current_message_key().replace(":", ".")
    return {"Message-ID": f"<{key}@{domain}>"} if key else {}
