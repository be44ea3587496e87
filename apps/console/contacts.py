"""Who may see a customer's portal: contacts, by invitation, and links that open it without a login."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied

from apps.console import invitations
from apps.console.access import ConsoleRequest, uuid_or_none
from apps.console.once import shown_once
from apps.tenants.customers import invite_contact, portal_link
from apps.tenants.models import Contact, Customer


class ContactForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"placeholder": "name@customer.example"})
    )


def contacts_of(customer: Customer) -> list[Contact]:
    """Those who may see the portal, in order of invitation."""
    rows = Contact.objects.filter(customer=customer).select_related("user")
    return list(rows.annotate(absent=invitations.ABSENT).order_by("pk"))


def post_contact(
    request: ConsoleRequest, customer: Customer, form: ContactForm
) -> tuple[bool, tuple[str, datetime] | None]:
    """Do what the form asks: invite (again), remove or link. Returns (done, link): a link is shown once instead."""
    match request.POST.get("do"):
        case "invite":
            if not form.is_valid():
                return False, None
            return _invite(request, customer, form), None
        case "again":
            asked = Contact.objects.filter(customer=customer).select_related("user", "customer")
            invitations.write_again(request, asked.get(pk=uuid_or_none(request.POST.get("contact", ""))))
            return True, None
        case "remove":
            Contact.objects.filter(customer=customer, pk=uuid_or_none(request.POST.get("contact", ""))).delete()
            messages.success(request, "Removed. They no longer see the portal.")
            return True, None
        case "link":
            return False, _link(request, customer)
        case _:
            raise PermissionDenied


def _link(request: ConsoleRequest, customer: Customer) -> tuple[str, datetime]:
    """(URL, expiry) of a new link."""
    made = shown_once(request, lambda: " ".join(map(str, portal_link(customer, at=request.at))))
    url, _, expires_at = made.partition(" ")
    return url, datetime.fromisoformat(expires_at)


def _invite(request: ConsoleRequest, customer: Customer, form: ContactForm) -> bool:
    """Add a contact and mail it to him; False for an address that is one already."""
    email = form.cleaned_data["email"]
    if Contact.objects.filter(customer=customer, user__email=email.lower()).exists():
        form.add_error("email", f"{email} may see the portal already; see the list.")
        return False
    invitations.write(invite_contact(customer, email), by=request.user, at=request.at)
    messages.success(request, f"{email} may see the portal. A mail with a link by which they come in is on its way.")
    return True
