"""The mail that tells members of types that have stopped arriving."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from apps.events.watched import Silence
from apps.outbox import mail
from apps.outbox.mail import Letter
from apps.tenants.access import MAY
from apps.tenants.models import Member

KIND = "silence"


def recipients() -> list[str]:
    """The members who may look after the integration and have not declined."""
    rows = Member.objects.filter(role__in=MAY["develop"], alerts=True, user__is_active=True)
    return list(rows.order_by("pk").values_list("user__email", flat=True))


def write(silences: Sequence[Silence], *, at: datetime) -> None:
    """One mail about all of them; none where nobody wants it."""
    to = recipients()
    if not to:
        return
    context = {"silences": silences, "url": f"{settings.SITE_URL}{reverse('console:silences')}"}
    subject, text = (render_to_string(f"email/{KIND}{part}", context) for part in ("_subject.txt", ".txt"))
    letter = Letter(kind=KIND, to=to, subject=" ".join(subject.split()), text=text)
    mail.write(f"{KIND}:{silences[0].pk}", letter, at=at)
