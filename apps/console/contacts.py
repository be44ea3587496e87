"""Who may see a customer's portal: contacts, by invitation, and links that open it without a login."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied

from apps.console.access import ConsoleRequest, uuid_or_none
from apps.tenants.customers import invite_contact, portal_link
from apps.tenants.models import Contact, Customer


class ContactForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"placeholder": "name@customer.example"})
    )


def contacts_of(customer: Customer) -> list[Contact]:
    """Those who may see the portal, in order of invitation."""
    return list(Contact.objects.filter(customer=customer).select_related("user").order_by("pk"))


def post_contact(
    request: ConsoleRequest, customer: Customer, form: ContactForm
) -> tuple[bool, tuple[str, datetime] | None]:
    """Do what the page's form asks: invite, remove or link. Returns (done, link): a link is shown once instead."""
    match request.POST.get("do"):
        case "invite":
            if not form.is_valid():
                return False, None
            contact = invite_contact(customer, form.cleaned_data["email"])
            messages.success(request, f"{contact.user.email} may see the portal: they log in by a code sent there.")
            return True, None
        case "remove":
            Contact.objects.filter(customer=customer, pk=uuid_or_none(request.POST.get("contact", ""))).delete()
            messages.success(request, "Removed. They no longer see the portal.")
            return True, None
        case "link":
            return False, portal_link(customer, at=request.at)
        case _:
            raise PermissionDenied
