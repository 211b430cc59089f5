"""Mails: a request puts one into the outbox, a worker composes and sends it.

The outbox row holds the recipient and the subject matter, never a token: the worker creates the
token when it composes the mail. The worker also looks the account up, so that neither the response
nor its time reveals whether there is one.
"""

import uuid
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from rest_framework.exceptions import APIException

from accounts.email import tokens
from accounts.email.tokens import REGISTER, RESET, Registration
from accounts.models import User
from outbox.delivery import current_message_key
from outbox.services import enqueue

TASK = "accounts.tasks.write_mail"
# Notices to the owner of an account; each is the name of its template.
PASSWORD_CHANGED = "password_changed"
SECOND_FACTOR_ON, SECOND_FACTOR_OFF = "second_factor_on", "second_factor_off"
SECOND_FACTOR_REMOVED = "second_factor_removed"
RECOVERY_CODE_USED, RECOVERY_CODES_RENEWED = "recovery_code_used", "recovery_codes_renewed"
NOTICES = frozenset(
    {
        PASSWORD_CHANGED,
        SECOND_FACTOR_ON,
        SECOND_FACTOR_OFF,
        SECOND_FACTOR_REMOVED,
        RECOVERY_CODE_USED,
        RECOVERY_CODES_RENEWED,
    }
)


class MailNotConfigured(APIException):
    """The service cannot send mail: an error is better than a mail that never arrives."""

    status_code = 503
    default_detail = "This service is not set up to send mail (MAIL_HOST)."
    wait = 3600  # seconds, as Retry-After


def request_mail(about: str, *, email: str, name: str = "") -> None:
    """Put a mail into the outbox. Raises MailNotConfigured."""
    if not settings.SENDS_MAIL:
        raise MailNotConfigured()
    with transaction.atomic():
        _enqueue(about, email=User.objects.normalize_email(email), name=name)


def notify(user: User, *, about: str) -> None:
    """Notify the owner of an account of a change, if the service can send mail."""
    if settings.SENDS_MAIL:
        _enqueue(about, email=user.email)


def send(about: str, *, email: str, name: str) -> str:
    """Compose and send one mail. Returns the name of its template, or "" if none is due."""
    if not settings.SENDS_MAIL:
        raise MailNotConfigured()
    user = User.objects.filter(email=email).first()
    if user is not None and not user.is_active:
        return ""
    if about in NOTICES:
        return _send(about, to=email)
    if about == REGISTER and user is None:
        registration = Registration(email=email, name=name)
        return _send(REGISTER, to=email, token=tokens.registration_token(registration))
    if about == REGISTER:
        return _send("already_registered", to=email)
    if user is not None:
        return _send(RESET, to=email, token=tokens.reset_token(user))
    return ""


def _enqueue(about: str, *, email: str, name: str = "") -> None:
    args = {"about": about, "email": email, "name": name}
    enqueue(TASK, args=args, key=f"mail:{uuid.uuid4()}")


def _send(template: str, *, to: str, token: str = "") -> str:
    url = ""
    if token and settings.MAIL_PAGES:
        # In the fragment, which no server on the way can log.
        url = f"{settings.MAIL_PAGES}{template}#token={token}"
    context = {"token": token, "url": url, "minutes": tokens.LIFETIME_SECONDS // 60}
    text = render_to_string(f"accounts/mail/{template}.txt", context)
    subject, _, body = text.partition("\n")
    sender, body = settings.DEFAULT_FROM_EMAIL, body.strip() + "\n"
    EmailMessage(subject.strip(), body, sender, [to], headers=_message_id()).send()
    return template


def _message_id() -> dict[str, str]:
    """The same Message-ID for a mail that is sent again after a crash."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    key = current_message_key().replace(":", ".")
    return {"Message-ID": f"<{key}@{domain}>"} if key else {}
