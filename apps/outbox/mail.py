"""Mail: kept as it was written, sent from the outbox, and sent again on request.

A mail is written in the transaction that calls for it and under a key, so that none is written twice. What the server
refuses for good has failed and says why; where the server is away, sending is tried again for some hours.
"""

import smtplib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.module_loading import import_string

from apps.common.addresses import can_get_mail
from apps.outbox.models import Mail
from apps.outbox.outbox import hurry, put, waiting_for
from apps.tenants.base import new_id
from apps.tenants.models import Customer

HANDLER = "apps.outbox.mail.send"
FIRST_WAIT = timedelta(minutes=1)
MOST_ATTEMPTS = 11
"""With waits that double, the last one comes 17 hours after the first."""

NOT_SENT = "Not sent: "
"""How the error of a mail begins that lost its point."""

type Attachment = tuple[str, bytes, str]
"""Name, content and media type."""


class Unaddressed(Exception):
    """Nobody whom the mail is to can be written to; the text names them."""


class Unwanted(Exception):
    """Raised by what attaches: the mail has lost its point since it was written."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says, and to whom. `attach` is the dotted path of `attach(mail, at=)`, asked when it is sent.

    That may also write into the mail's text what must not be kept, such as a link that lets in.
    """

    kind: str
    to: list[str]
    subject: str
    text: str
    html: str = ""
    reply_to: str = ""
    about: str = ""
    about_id: UUID | None = None
    customer: Customer | None = None


def write(key: str, letter: Letter, *, attach: str = "", at: datetime) -> Mail | None:
    """Keep the letter and have it sent after this transaction; None where one of this key was written before."""
    mail = Mail(
        key=key,
        kind=letter.kind,
        to=letter.to,
        subject=letter.subject[:300],
        text=letter.text,
        html=letter.html,
        reply_to=letter.reply_to,
        about=letter.about,
        about_id=letter.about_id,
        customer=letter.customer,
        created_at=at,
    )
    Mail.objects.bulk_create([mail], ignore_conflicts=True)
    if not Mail.objects.filter(pk=mail.pk).exists():
        return None
    put(HANDLER, [str(mail.pk), attach], at=at)
    return mail


def send_again(mail: Mail, *, attach: str = "", at: datetime) -> Mail:
    """Have a copy sent, as a mail of its own that names the first."""
    first = mail.again_id or mail.pk
    new = Mail(pk=new_id(), again_id=first, created_at=at)
    for name in ("kind", "to", "subject", "text", "html", "reply_to", "about", "about_id", "customer_id"):
        setattr(new, name, getattr(mail, name))
    new.key = f"again:{new.pk}"
    new.save(force_insert=True)
    put(HANDLER, [str(new.pk), attach], at=at)
    return new


def next_try(mail: Mail) -> datetime | None:
    """When a mail that waits is tried next."""
    waiting = waiting_for(HANDLER, str(mail.pk)).order_by("due_at")
    due: datetime | None = waiting.values_list("due_at", flat=True).first()
    return due


def try_now(mail: Mail, *, at: datetime) -> None:
    """Try a mail that waits at once; after that the waits go on as before."""
    hurry(HANDLER, str(mail.pk), at=at)


def send(mail_id: str, attach: str = "", *, at: datetime) -> None:
    """Send the mail, unless it was; what became of it stands on its row.

    It leaves before the transaction that says so, and a crash between the two sends it again: a mail that comes twice
    is better than one that never comes. Its Message-ID is the same both times, so mail programs can show it once.
    """
    mail: Mail = Mail.objects.select_for_update().get(pk=UUID(mail_id))
    if mail.state != Mail.State.WAITING:
        return
    mail.attempts += 1
    try:
        refused = _deliver(mail, attach, at)
    except Unwanted as reason:
        _note(mail, Mail.State.FAILED, f"{NOT_SENT}{reason}")
    except Unaddressed as nobody:
        _note(mail, Mail.State.FAILED, str(nobody))
    except (OSError, smtplib.SMTPException) as error:
        _failed(mail, attach, error, at)
    else:
        mail.sent_at = at
        _note(mail, Mail.State.SENT, refused)


def _deliver(mail: Mail, attach: str, at: datetime) -> str:
    """Hand it to the mail server; returns which recipients can't be written to or were refused, if others can.

    Raises Unaddressed where nobody can.
    """
    known = [address for address in mail.to if can_get_mail(address)]
    unknown = [f"No mail can be sent to {address}" for address in mail.to if address not in known]
    if not known:
        raise Unaddressed("; ".join(unknown))
    attachments: Iterable[Attachment] = import_string(attach)(mail, at=at) if attach else ()  # may change the text
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        to=known,
        reply_to=[mail.reply_to] if can_get_mail(mail.reply_to) else None,
        headers={"Message-ID": f"<{mail.pk.hex}@{_host()}>"},  # short: a line of more than 78 would be folded
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    for name, content, media_type in attachments:
        message.attach(name, content, media_type)
    message.send()
    return "; ".join(filter(None, [*unknown, _told(getattr(message, "refused", {}))]))


def _failed(mail: Mail, attach: str, error: Exception, at: datetime) -> None:
    """For good, or to be tried again after a wait that doubles."""
    for_good = _is_for_good(error)
    if for_good or mail.attempts >= MOST_ATTEMPTS:
        _note(mail, Mail.State.FAILED, _reason(error))
        return
    _note(mail, Mail.State.WAITING, _reason(error))
    put(HANDLER, [str(mail.pk), attach], at=at + FIRST_WAIT * 2 ** (mail.attempts - 1))


def _is_for_good(error: Exception) -> bool:
    """Whether the server said no (5xx), rather than not now, or nothing. A wrong password may yet be mended."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return False
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _told(error.recipients)
    if isinstance(error, smtplib.SMTPResponseException):
        return f"The mail server answered {error.smtp_code}: {_words(error.smtp_error)}"
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"The mail server could not be reached: {why}".replace("\0", "")


def _told(refused: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{address} was refused: {code} {_words(text)}" for address, (code, text) in refused.items())


def _words(text: bytes | str) -> str:
    read = text.decode(errors="replace") if isinstance(text, bytes) else text
    return " ".join(read.replace("\0", "").split())


def _note(mail: Mail, state: Mail.State, error: str) -> None:
    mail.state, mail.error = state, error
    mail.save(update_fields=["state", "error", "attempts", "sent_at"])


def _host() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")


def about(id: UUID) -> QuerySet[Mail]:
    """The mails that carry a document, newest first."""
    rows: QuerySet[Mail] = Mail.objects.filter(about_id=id).order_by("-pk")
    return rows


def failed() -> QuerySet[Mail]:
    """Mails that never arrived: they failed, were not given up for a reason, and no copy of them was sent since."""
    copies = Mail.objects.filter(state=Mail.State.SENT)
    mended = Q(Exists(copies.filter(again=OuterRef("pk")))) | Q(Exists(copies.filter(again=OuterRef("again"))))
    rows: QuerySet[Mail] = Mail.objects.filter(state=Mail.State.FAILED).exclude(mended)
    return rows.exclude(error__startswith=NOT_SENT)
