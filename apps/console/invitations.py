"""Mails that invite: a member to the team, a contact to a customer's portal. Both may come in from then on.

The link is written in when the mail is sent and is kept nowhere: it lets in whoever has it, and members read mails.
"""

from datetime import datetime
from urllib.parse import urlencode

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib import messages
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from apps.common import locales
from apps.console.access import ConsoleRequest
from apps.outbox import mail
from apps.outbox.mail import Attachment, Letter, Unwanted
from apps.outbox.models import Mail
from apps.tenants.models import Contact, Member, Profile, User

KIND = "invitation"
PREPARE = "apps.console.invitations.prepare"
MEMBER, CONTACT = "member", "contact"
"""What such a mail is about."""

LINK = "[a link that only the recipient gets]"
"""Stands for the link in the mail that is kept."""

INVITED = ~Q(created_at=F("tenant__created_at"))
"""All but who founded the organisation: he was there when it was."""

ABSENT = INVITED & (Q(user__last_login=None) | Q(user__last_login__lt=F("created_at")))
"""Members, or contacts, who have not logged in since they were invited."""


def write(invited: Member | Contact, *, by: User, at: datetime) -> bool:
    """Have the mail sent; False where one was written in this minute. Needs `user` fetched with the invited."""
    member = isinstance(invited, Member)
    customer = None if isinstance(invited, Member) else invited.customer
    profile = Profile.objects.get()
    answers_to = by.email if member else profile.email
    context = {
        "member": invited if member else None,
        "customer": customer,
        "by": by,
        "seller": invited.tenant.name if member else profile.legal_name,
        "link": LINK,
        "chooses": not invited.user.has_usable_password(),
        "days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
        "login": f"{settings.SITE_URL}{reverse('account_login')}",
        "email": answers_to,
    }
    locale = locales.resolve(customer.locale, profile.locale) if customer else "en"
    with locales.speaking(locale):
        subject, text, html = (
            render_to_string(f"email/{KIND}{part}", context | {"locale": locale})
            for part in ("_subject.txt", ".txt", ".html")
        )
    letter = Letter(
        kind=KIND,
        to=[invited.user.email],
        subject=" ".join(subject.split()),
        text=text,
        html=html,
        reply_to=answers_to,
        about=MEMBER if member else CONTACT,
        about_id=invited.pk,
        customer=customer,
    )
    return mail.write(f"{KIND}:{invited.pk}:{at:%Y%m%d%H%M}", letter, attach=PREPARE, at=at) is not None


def write_again(request: ConsoleRequest, invited: Member | Contact) -> None:
    """Have it sent anew, and say so."""
    if write(invited, by=request.user, at=request.at):
        messages.success(
            request, f"A new mail to {invited.user.email} is on its way. Its link works once, as the first."
        )
    else:
        messages.info(request, f"A mail to {invited.user.email} went out a moment ago.")


def prepare(written: Mail, *, at: datetime) -> list[Attachment]:
    """Write the link into a mail that is about to be sent. Raises Unwanted where the invitation was taken back."""
    rows: QuerySet[Member] | QuerySet[Contact]
    rows = Member.objects.all() if written.about == MEMBER else Contact.objects.all()
    invited = rows.select_related("user").filter(pk__in=[written.about_id]).first()
    if invited is None:
        raise Unwanted(f"{', '.join(written.to)} was removed meanwhile.")
    to = reverse("console:overview" if written.about == MEMBER else "portal:live")
    link = f"{settings.SITE_URL}{door(invited.user)}?{urlencode({'next': to})}"
    written.text, written.html = (part.replace(LINK, link) for part in (written.text, written.html))
    return []


def door(user: User) -> str:
    """The page by which he comes in: there he chooses a password, by a key that works once, or logs in with his own."""
    if user.has_usable_password():
        return reverse("account_login")
    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])
