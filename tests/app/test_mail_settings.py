"""Where mails go: what the variables say, and a real server that takes one."""

import os
import socketserver
import subprocess
import sys
import threading

import pytest
from config.env import ConfigurationError
from config.settings import mail as given
from django.core import mail
from django.core.mail import get_connection

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
    assert given._pages() == "https://app.example.com/accounts/"
    monkeypatch.setenv("MAIL_PAGES", "https://app.example.com/accounts")
    with pytest.raises(ConfigurationError, match="MAIL_PAGES"):
        given._pages()


class Smtp(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as one mail needs."""

    def handle(self):
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            if line.upper() == "DATA":
                self.say("354 go on")
                while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    self.server.letter.append(text)
            self.server.said.append(line)
            self.say("221 bye" if line.upper() == "QUIT" else "250 fine")

    def say(self, words):
        self.wfile.write(f"{words}\r\n".encode())


def test_a_mail_reaches_a_server():
    with socketserver.TCPServer(("127.0.0.1", 0), Smtp) as server:
        server.letter, server.said = [], []
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        backend = "django.core.mail.backends.smtp.EmailBackend"
        way = get_connection(backend, host="127.0.0.1", port=server.server_address[1])
        way.use_tls = False
        letter = mail.EmailMessage("Hello", "A line", "a@example.com", ["b@example.com"])
        assert way.send_messages([letter]) == 1
        thread.join()
    assert "Subject: Hello" in server.letter and "A line" in server.letter
    assert any(line.upper().startswith("RCPT TO:<B@EXAMPLE.COM>") for line in server.said)
