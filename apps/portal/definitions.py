"""What counts for the customer: the definitions of his plan, each in plain words, and his signature under them."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from apps.events.models import Usage
from apps.outcomes.models import Agreement, DefinitionVersion
from apps.outcomes.plain_words import in_words
from apps.outcomes.sign import NotAsked, sign
from apps.plans.models import Price
from apps.portal.access import PortalRequest, page, portal


@dataclass(frozen=True, slots=True)
class Shown:
    """A definition's newest version as the customer sees it."""

    version: DefinitionVersion
    words: str
    agreement: Agreement | None

    @property
    def waits(self) -> bool:
        return self.version.requires_agreement and self.agreement is None


@require_safe
@portal
def definitions(request: PortalRequest) -> HttpResponse:
    """Those of the customer's plans and those that ask for a signature; what waits for one comes first."""
    rows = DefinitionVersion.objects.filter(definition__active=True).select_related("definition").order_by("number")
    newest = {one.definition_id: one for one in rows}.values()
    ours = [one for one in newest if one.requires_agreement or concerns(request, one)]
    signed = {one.version_id: one for one in Agreement.objects.filter(customer=request.customer, version__in=ours)}
    shown = [Shown(one, in_words(one), signed.get(one.pk)) for one in ours]
    shown.sort(key=lambda one: (not one.waits, one.version.name))
    return page(request, "portal/definitions.html", {"definitions": shown})


@require_http_methods(["GET", "HEAD", "POST"])
@portal
def definition(request: PortalRequest, code: str, version: int) -> HttpResponse:
    """One version in plain words and as its exact text; a contact signs it here."""
    versions = DefinitionVersion.objects.select_related("definition").filter(definition__code=code)
    found: DefinitionVersion = versions.get(number=version)
    newest = versions.order_by("-number")[0] == found
    if not concerns(request, found) and not found.requires_agreement:
        raise Http404(f"{code} version {version} is not in use here")
    if request.method == "POST":
        return _sign(request, found)
    return page(request, "portal/definition.html", _shown(request, found, newest=newest))


def _sign(request: PortalRequest, version: DefinitionVersion) -> HttpResponse:
    """Sign for the customer; a portal link may look, but only a contact is somebody who can accept."""
    if not request.by_contact:
        return page(request, "portal/definition.html", _shown(request, version, newest=True), status=403)
    try:
        sign(request.customer, version, by=request.user.email, at=request.at)
    except NotAsked as error:
        return page(request, "portal/definition.html", _shown(request, version) | {"refused": str(error)}, status=409)
    return redirect("portal:definition", version.definition.code, version.number)


def _shown(request: PortalRequest, version: DefinitionVersion, *, newest: bool = False) -> dict[str, Any]:
    agreement = Agreement.objects.filter(customer=request.customer, version=version).first()
    return {
        "version": version,
        "words": in_words(version),
        "agreement": agreement,
        "waits": newest and version.requires_agreement and agreement is None,
        "by_contact": request.by_contact,
        "section": "definitions",
    }


def concerns(request: PortalRequest, version: DefinitionVersion) -> bool:
    """Whether the version judged something of the customer's, or one of his plans prices its outcome."""
    if Usage.objects.filter(customer=request.customer, version=version).exists():
        return True
    priced = Price.objects.filter(definition=version.definition_id)
    return bool(priced.filter(plan_version__subscriptions__customer=request.customer).exists())
