"""What the domain refuses, said at the field of the form that it is about."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django import forms
from django.db import transaction

from apps.common.form_words import FIELDS
from apps.common.reading import InvalidInput

REQUIRED = FIELDS[forms.Field]["required"]
CAPITALS = {"is": "This is", "must": "This must", "or": "This or", "can't": "This can't"}


@contextmanager
def refusals(form: forms.Form, where: Mapping[type[ValueError], str | None]) -> Iterator[None]:
    """Run a verb in a savepoint; what it raises becomes an error of the form, and nothing of it stays.

    `where` names, for each kind of refusal that is expected, the field it is about; None: the form as a whole.
    InvalidInput brings its own paths. After the block `form.errors` tells whether it was refused.
    """
    try:
        with transaction.atomic():
            yield
    except InvalidInput as error:
        for problem in error.problems:
            add_problem(form, problem.path, problem.message)
    except tuple(where) as error:
        kind = next(kind for kind in where if isinstance(error, kind))
        form.add_error(where[kind], str(error))


def add_problem(form: forms.Form, path: str, message: str) -> None:
    """Note a problem of a body at the field of the same name, else at the whole form with its path."""
    name = path.replace(".", "_")
    if name in form.fields:
        form.add_error(name, sentence(message))
    elif path.rpartition(".")[2] in form.fields:
        form.add_error(path.rpartition(".")[2], sentence(message))
    else:
        form.add_error(None, f"{path}: {message}" if path else sentence(message))


def sentence(message: str) -> str:
    """A problem as a sentence: "must be a date" becomes "This must be a date.". What is of JSON only is left out."""
    if message == "is required":
        return REQUIRED
    first, _, rest = message.replace(' in a string, such as "12.50"', ", such as 12.50").partition(" ")
    rest = rest.replace("be null", "be empty")
    text = f"{CAPITALS[first]} {rest}" if first in CAPITALS else message
    return text if text.endswith((".", "?")) else f"{text}."
