"""A form that is sent twice does its work once, whatever it does: the second sending is led where the first one led.

Each page that is made has another token against forgery in its forms. So the same token with the same fields is the
same form again: a second click where no script holds it back, a reload of what answered, a browser that tries again.
Whoever means to do a thing twice opens the form twice. The second waits until the first is durable.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http.response import HttpResponseBase, HttpResponseRedirect

from apps.outbox.answers import first_answer, keep, wait_for

if TYPE_CHECKING:
    from apps.console.access import ConsoleRequest

TOKEN = "csrfmiddlewaretoken"  # noqa: S105  # the field's name
OF_A_PAGE = 64
"""Characters of a token that a page got. One of 32 is the cookie's own, the same for all that a program sends."""
SHOWN = 200


def once(request: "ConsoleRequest", answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer, or, for a form that was answered by leading elsewhere, the way there again.

    What was refused is no answer: that the form may say its error, or try again.
    """
    key = _key(request)
    if key is None:
        return answer()
    wait_for(key)
    known = first_answer(key)
    if known and known.status != SHOWN:
        messages.info(request, "This form was sent twice. It was done once.")
        return HttpResponseRedirect(known.text(by=request.POST[TOKEN]))
    response = answer()
    if isinstance(response, HttpResponseRedirect) and not _refused(request):
        _keep(request, key, response.url, response.status_code)
    return response


def shown_once(request: "ConsoleRequest", make: Callable[[], str]) -> str:
    """A secret for the page that answers this form, made when it was sent first."""
    key = _key(request)
    if key is None:
        return make()
    if known := first_answer(key):
        return known.text(by=request.POST[TOKEN])
    secret = make()
    _keep(request, key, secret, SHOWN)
    return secret


def _keep(request: "ConsoleRequest", key: str, text: str, status: int) -> None:
    """The token opens it and is kept nowhere: so nobody who has the database, and SECRET_KEY too, reads a key there."""
    hashed = key.removeprefix("form ")
    keep(key, text, by=request.POST[TOKEN], status=status, request_hash=hashed, at=request.at)


def _refused(request: "ConsoleRequest") -> bool:
    """Whether the page to come says that it was not done."""
    told: Any = messages.get_messages(request)
    return any(one.level >= messages.ERROR for one in told._queued_messages)


def _key(request: "ConsoleRequest") -> str | None:
    """The name of this form with these fields; None for what no page sent."""
    if request.method != "POST" or len(request.POST.get(TOKEN, "")) != OF_A_PAGE:
        return None
    parts = hashlib.sha256()
    for part in _parts(request):
        parts.update(hashlib.sha256(part).digest())
    return f"form {parts.hexdigest()}"


def _parts(request: "ConsoleRequest") -> Iterator[bytes]:
    """All that tells one sending from another."""
    yield str(request.user.pk).encode()
    yield request.get_full_path().encode()
    for name, values in sorted(request.POST.lists()):
        yield from (text.encode() for text in (name, *values))
    for name, files in sorted(request.FILES.lists()):
        yield name.encode()
        for file in files:
            yield str(file.name).encode()
            yield from file.chunks()
            file.seek(0)
