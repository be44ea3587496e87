"""`manage.py create_tenant`: a vendor's organisation, its owner and an API key, without the site."""

import json
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common.addresses import check_address
from apps.common.text import SLUG_VALIDATOR
from apps.tenants.models import Scope
from apps.tenants.provision import add_key, provision

LONGEST_NAME = 200
"""Characters that the table holds."""


def read_scopes(texts: Sequence[str]) -> list[str]:
    """The scopes in "read", "manage" or in "read,manage", each once, in their own order. CommandError for any other."""
    asked = {scope for text in texts for scope in text.split(",")}
    unknown = sorted(asked.difference(Scope.values))
    if unknown:
        raise CommandError(f"{unknown[0]!r} is not a scope; the scopes are {', '.join(Scope.values)}.")
    return [scope for scope in Scope.values if scope in asked]


class Command(BaseCommand):
    help = "Create a tenant with its owner and an API key; for a slug that exists, add a key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="1 to 40 lower-case letters, digits and hyphens")
        parser.add_argument("--owner", required=True, metavar="EMAIL")
        parser.add_argument("--password", required=True, help="the owner's, where he has none yet")
        parser.add_argument("--name", help="of the organisation; the slug's own words unless given")
        parser.add_argument(
            "--scopes", nargs="+", default=Scope.values, metavar="SCOPE", help="of the key: " + ", ".join(Scope.values)
        )
        parser.add_argument("--json", action="store_true", help='print {"tenant", "api_key"} and nothing else')

    def handle(self, *, slug: str, owner: str, password: str, name: str | None, **options: Any) -> None:
        scopes = read_scopes(options["scopes"])
        name = name or slug.replace("-", " ").title()
        self._check(slug, owner, password, name)
        tenant = provision(slug=slug, name=name, owner=owner, password=password)
        key = add_key(tenant, name="create_tenant", scopes=scopes)
        if options["json"]:
            self.stdout.write(json.dumps({"tenant": tenant.slug, "api_key": key}))
        else:
            self.stdout.write(f"{tenant.name} ({tenant.slug})\nAPI key, shown only now: {key}")

    def _check(self, slug: str, owner: str, password: str, name: str) -> None:
        try:
            SLUG_VALIDATOR(slug)
        except ValidationError as error:
            raise CommandError(f"{slug!r} can't be a slug: {error.messages[0]}") from None
        try:
            check_address(owner)
        except ValidationError as error:
            raise CommandError(f"{owner!r} is not an e-mail address of use: {error.messages[0]}") from None
        if len(name) > LONGEST_NAME:
            raise CommandError(f"The name may have {LONGEST_NAME} characters.")
        if not password:
            raise CommandError("Give the owner a password: it can't be empty.")
