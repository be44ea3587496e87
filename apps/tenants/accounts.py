"""How people sign up and log in: allauth, and where it leads them."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from apps.tenants.access import contacts_of, tenants_of
from apps.tenants.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """A contact who is member of no tenant lands in the portal; everybody else in the console."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        user = request.user
        if isinstance(user, User) and not tenants_of(user) and contacts_of(user):
            return reverse("portal:live")
        return reverse("console:overview")
