"""Asking before what can't be taken back, for readers without script: the shell's dialog asks all others."""

from django.http import HttpResponse

from apps.console.access import ConsoleRequest, page


def confirmed(request: ConsoleRequest) -> bool:
    """Whether the reader was asked and said yes."""
    return request.POST.get("confirmed") == "yes"


def ask(
    request: ConsoleRequest, question: str, *, detail: str, label: str, back: str, mild: bool = False
) -> HttpResponse:
    """A page that asks, and on yes sends the same form again. `back` is where no leads.

    `mild` is for what takes nothing away: its button is not red. Forms say the same by data-confirm-mild.
    """
    fields = request.POST.lists()
    carried = [(name, value) for name, values in fields if name != "csrfmiddlewaretoken" for value in values]
    words = {"question": question, "detail": detail, "label": label, "mild": mild}
    return page(request, "console/confirm.html", words | {"back": back, "carried": carried})
