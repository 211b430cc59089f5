"""A mail server for the tests: it takes mails over SMTP and keeps them."""

import socketserver
import threading
from email import message_from_string, policy
from typing import Any


class _Conversation(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs that brings mails."""

    def handle(self) -> None:
        to: list[str] = []
        self.say("220 ready")
        while line := self.read():
            verb = line.upper()
            if verb.startswith("RCPT TO:"):
                to.append(line[len("RCPT TO:") :].strip("<> "))
            if verb == "DATA":
                self.say("354 go on")
                self.keep(to)
                to = []
            self.say("221 bye" if verb == "QUIT" else "250 fine")

    def keep(self, to: list[str]) -> None:
        """One mail, to its end; a dot that begins a line was doubled on the way."""
        lines = []
        while (line := self.read()) != ".":
            lines.append(line.removeprefix(".") if line.startswith("..") else line)
        letter = message_from_string("\n".join(lines), policy=policy.default)
        letter.to = to  # type: ignore[attr-defined]
        self.server.letters.append(letter)  # type: ignore[attr-defined]

    def read(self) -> str:
        return self.rfile.readline().decode().rstrip("\r\n")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """It serves inside of a `with`. `letters` are all that came, each with whom it was `to`."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, *, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Conversation)
        self.letters: list[Any] = []
        self.port = int(self.server_address[1])

    def __enter__(self) -> "MailServer":
        threading.Thread(target=self.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.shutdown()
        self.server_close()
