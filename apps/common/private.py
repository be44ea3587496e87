"""Answers that are for one reader: no cache keeps them, neither one on the way nor the browser's after a log-out."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http.response import HttpResponseBase

PRIVATE = "private, no-store"

type View = Callable[..., HttpResponseBase]


def private(view: View) -> View:
    """Mark every answer of a view as its reader's own, unless the view says how long it lasts."""

    @wraps(view)
    def marked(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.headers.setdefault("Cache-Control", PRIVATE)
        return response

    return marked
