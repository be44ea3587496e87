"""Mails in the log, for an installation without a mail server: what a reader needs, and no attachment's bytes."""

from typing import Any

from django.core.mail.backends.console import EmailBackend


class LogBackend(EmailBackend):
    """Writes who gets it, the subject, the text, and what is attached with its size in bytes."""

    def write_message(self, message: Any) -> None:
        """One mail, between lines of dashes."""
        head = [f"To: {', '.join(message.recipients())}", f"Subject: {message.subject}"]
        attached = [_attached(one) for one in message.attachments]
        self.stream.write("\n".join(["-" * 79, *head, *attached, "", message.body.strip(), "-" * 79, ""]))


def _attached(one: Any) -> str:
    content = one.content if isinstance(one.content, bytes) else str(one.content).encode()
    return f"Attached: {one.filename}, {len(content):,} bytes"
