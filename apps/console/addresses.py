"""The fields of a postal address, as customers and the organisation have one."""

from typing import Any

from django import forms

PARTS = ("line1", "line2", "city", "postal_code", "region")


class AddressFields(forms.Form):
    """The address of a party on an invoice; all of it optional."""

    line1 = forms.CharField(label="Street and number", max_length=200, required=False)
    line2 = forms.CharField(label="Second line", max_length=200, required=False)
    postal_code = forms.CharField(label="Postal code", max_length=20, required=False)
    city = forms.CharField(max_length=100, required=False)
    region = forms.CharField(label="State or region", max_length=100, required=False)

    def address(self) -> dict[str, str | None]:
        """The address as it is stored; empty where nothing was filled in."""
        parts = {name: self.cleaned_data[name] or None for name in PARTS}
        return parts if any(parts.values()) else {}


def address_initial(address: dict[str, Any]) -> dict[str, str]:
    """What a stored address fills in."""
    return {name: address.get(name) or "" for name in PARTS}
