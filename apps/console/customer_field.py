"""The choice of a customer in a form."""

from django import forms

from apps.console.own_terms import Billed
from apps.tenants.models import Customer

SELECTABLE = 200


class CustomerField(Billed):
    """One of the customers, from a select; where they are too many for one, by the external id."""

    def offer_all(self) -> None:
        """Offer all customers of the tenant in scope."""
        self.queryset = Customer.objects.order_by("name")
        if Customer.objects.all()[SELECTABLE:].exists():
            self.to_field_name = "external_id"
            self.widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
            self.widget.is_required = self.required
            self.help_text = "Its external id, as your events name it."
            self.error_messages["invalid_choice"] = "No customer has this external id."
