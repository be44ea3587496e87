"""Days as forms take them."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)
"""What lies outside is a slip of the pen; and the calendar of the machine ends with the year 9999."""


class DayField(forms.DateField):
    """A day, picked from a calendar."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    default_validators = [
        MinValueValidator(FIRST, f"Choose a day from {FIRST.year} on."),
        MaxValueValidator(LAST, f"Choose a day before {LAST.year + 1}."),
    ]

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """The same bounds for the browser's calendar."""
        return super().widget_attrs(widget) | {"min": FIRST.isoformat(), "max": LAST.isoformat()}
