"""A real SMTP server in the test's process: it keeps what it takes and refuses whom it is told to."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast


def use(settings: Any, port: int) -> None:
    """Have mails sent to the server at this port."""
    options = {"host": "127.0.0.1", "port": port}
    settings.MAILERS = {"default": {"BACKEND": "apps.outbox.smtp.TellingBackend", "OPTIONS": options}}


@dataclass
class PostOffice:
    """`refused` get 550, all of them 451 when it is `busy`; `taken` are the messages, each with its recipients."""

    port: int = 0
    refused: set[str] = field(default_factory=set)
    busy: bool = False
    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)


class Counter(socketserver.StreamRequestHandler):
    """One client at the counter: just the commands that smtplib sends."""

    def handle(self) -> None:
        self.say("220 post office")
        recipients: list[str] = []
        while line := self.rfile.readline():
            word, _, rest = line.decode().strip().partition(" ")
            match word.upper():
                case "RCPT":
                    self.recipient(rest[3:].strip("<> "), recipients)
                case "DATA":
                    self.message(recipients)
                    recipients = []
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 ok")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    @property
    def office(self) -> PostOffice:
        return cast(Server, self.server).office

    def recipient(self, address: str, recipients: list[str]) -> None:
        if self.office.busy:
            self.say("451 come back later")
        elif address in self.office.refused:
            self.say("550 nobody of that name")
        else:
            recipients.append(address)
            self.say("250 ok")

    def message(self, recipients: list[str]) -> None:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        message = cast(EmailMessage, message_from_bytes(b"".join(lines), policy=policy.default))
        self.office.taken.append((recipients, message))
        self.say("250 taken")


class Server(socketserver.ThreadingTCPServer):
    """Tells its clients' counters which office they stand in."""

    daemon_threads = True
    office: PostOffice


@contextmanager
def post_office() -> Iterator[PostOffice]:
    with Server(("127.0.0.1", 0), Counter) as server:
        server.office = PostOffice(port=server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.office
        finally:
            server.shutdown()
            thread.join()
