"""The team: who may do what in this organisation."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.console import invitations
from apps.console.access import ConsoleRequest, console, page, uuid_or_none
from apps.console.confirming import ask, confirmed
from apps.tenants.access import Membership
from apps.tenants.customers import invite_member
from apps.tenants.models import Member, Role

ROLES = {
    Role.OWNER: "Owner: everything, and the organisation itself",
    Role.ADMIN: "Admin: everything but the organisation itself",
    Role.FINANCE: "Finance: plans, subscriptions and invoices",
    Role.DEVELOPER: "Developer: API keys",
    Role.VIEWER: "Viewer: looks, changes nothing",
}


class InviteForm(forms.Form):
    email = forms.EmailField(label="E-mail address")
    role = forms.ChoiceField(initial=Role.VIEWER)

    def __init__(self, membership: Membership, *args: Any) -> None:
        """Only an owner is offered to make one."""
        super().__init__(*args)
        role = cast("forms.ChoiceField", self.fields["role"])
        role.choices = [(one.value, text) for one, text in ROLES.items() if one != Role.OWNER or membership.may("own")]


@console(change="manage")
def team(request: ConsoleRequest) -> HttpResponse:
    """Members and their roles; only an owner makes or unmakes an owner, and the last one stays."""
    inviting = request.POST.get("do") == "invite"
    form = InviteForm(request.membership, request.POST if inviting else None)
    if request.method == "POST" and not (inviting and not form.is_valid()):
        answer = _invite(request, form) if inviting else _change(request)
        if answer:
            return answer
    members = list(Member.objects.select_related("user").annotate(absent=invitations.ABSENT).order_by("pk"))
    owners = sum(member.role == Role.OWNER for member in members)
    rows = [
        {"member": member, "fixed": member.role == Role.OWNER and (owners == 1 or not request.membership.may("own"))}
        for member in members
    ]
    context = {"rows": rows, "form": form, "roles": [(role.value, role.label) for role in ROLES]}
    return page(request, "console/team.html", context, status=422 if form.errors else 200)


def _invite(request: ConsoleRequest, form: InviteForm) -> HttpResponse | None:
    """Add a member and mail it to him; one who is a member already is refused, so that nobody's role changes unseen."""
    email, role = form.cleaned_data["email"], form.cleaned_data["role"]
    if Member.objects.filter(user__email=email.lower()).exists():
        form.add_error("email", f"{email} is in the team already; change the role in the list.")
        return None
    invitations.write(invite_member(email, role), by=request.user, at=request.at)
    messages.success(request, f"{email} is in the team. A mail with a link by which they come in is on its way.")
    return redirect("console:team")


def _change(request: ConsoleRequest) -> HttpResponse:
    """Invite a member again, change his role or remove him, the rows of the owners locked so that one always stays."""
    owners = list(Member.objects.filter(role=Role.OWNER).select_for_update().order_by("pk"))
    member = Member.objects.select_related("user").get(pk=uuid_or_none(request.POST.get("member", "")))
    if request.POST.get("do") == "again":
        invitations.write_again(request, member)
        return redirect("console:team")
    role, removing = request.POST.get("role", ""), request.POST.get("do") == "remove"
    if not removing and role not in Role.values:
        raise PermissionDenied
    _require_own(request, member.role, role)
    if member.role == Role.OWNER and len(owners) == 1 and (removing or role != Role.OWNER):
        messages.error(request, "The last owner stays: make somebody else owner first.")
        return redirect("console:team")
    if removing:
        return _remove(request, member)
    Member.objects.filter(pk=member.pk).update(role=role)
    messages.success(request, f"{member.user.email} is {Role(role).label.lower()} now.")
    return redirect("console:team")


def _remove(request: ConsoleRequest, member: Any) -> HttpResponse:
    if not confirmed(request):
        detail = f"They can no longer see anything of {request.tenant.name}."
        back = reverse("console:team")
        return ask(request, f"Remove {member.user.email}?", detail=detail, label="Remove", back=back)
    Member.objects.filter(pk=member.pk).delete()
    messages.success(request, f"{member.user.email} is no longer in the team.")
    return redirect("console:team")


def _require_own(request: ConsoleRequest, *roles: str) -> None:
    """Raise PermissionDenied where an owner is made or unmade by somebody who is none."""
    if Role.OWNER in roles and not request.membership.may("own"):
        raise PermissionDenied
