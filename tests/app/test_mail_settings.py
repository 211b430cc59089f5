"""Where mails go: what the variables say, and a real server that takes one."""

import os
import subprocess
import sys

import pytest
from django.core import mail
from django.core.mail import get_connection

from config.environment.servers import Mail
from config.environment.source import ConfigurationError, load
from mail_server import MailServer

TO = ["b@example.com"]
ASK = """
import django
django.setup()
from django.conf import settings
names = ("EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_USE_SSL")
print([getattr(settings, name) for name in names], settings.SENDS_MAIL, settings.DEFAULT_FROM_EMAIL)
"""


def told(**values):
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd="/srv/app",
        env={**os.environ, "APP_ENV": "production", **values},
        capture_output=True,
        text=True,
    )
    return done.stdout.strip().splitlines()[-1] if done.returncode == 0 else done.stderr


def test_production_without_a_server_sends_no_mail():
    assert told() == (
        "['django.core.mail.backends.console.EmailBackend', '', 587, True, False]"
        " False service@localhost"
    )


def test_development_prints_it():
    assert " True " in told(APP_ENV="development")


def test_a_server_is_used_as_it_is_described():
    found = told(
        MAIL_HOST="mail.example.com",
        MAIL_PORT="465",
        MAIL_SECURITY="tls",
        MAIL_FROM="Upshift <no-reply@example.com>",
        MAIL_USER="upshift",
        MAIL_PASSWORD="canary-password",
    )
    assert found == (
        "['django.core.mail.backends.smtp.EmailBackend', 'mail.example.com', 465, False, True]"
        " True Upshift <no-reply@example.com>"
    )


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"MAIL_HOST": "mail.example.com"}, "MAIL_FROM"),
        ({"MAIL_USER": "upshift"}, "MAIL_PASSWORD"),
        ({"MAIL_SECURITY": "ssl"}, "MAIL_SECURITY"),
        ({"MAIL_PAGES": "app.example.com"}, "MAIL_PAGES"),
        ({"MAIL_PAGES": "https://app.example.com/#"}, "MAIL_PAGES"),
    ],
)
def test_what_is_missing_or_wrong_stops_the_start(values, named):
    assert f"configuration: {named} " in told(**values)


def test_a_place_for_pages(monkeypatch):
    monkeypatch.setenv("MAIL_PAGES", "https://app.example.com/accounts/")
    assert load(Mail).pages == "https://app.example.com/accounts/"
    monkeypatch.setenv("MAIL_PAGES", "https://app.example.com/accounts")
    with pytest.raises(ConfigurationError, match="MAIL_PAGES"):
        load(Mail)


def test_a_mail_reaches_a_server():
    with MailServer() as server:
        backend = "django.core.mail.backends.smtp.EmailBackend"
        way = get_connection(backend, host="127.0.0.1", port=server.port)
        way.use_tls = False
        letter = mail.EmailMessage("Hello", "A line\n.and a dot", "a@example.com", TO)
        assert way.send_messages([letter]) == 1
    (got,) = server.letters
    assert (got.to, got["Subject"]) == (TO, "Hello")
    assert got.get_content().splitlines() == ["A line", ".and a dot"]
