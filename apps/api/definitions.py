"""What counts as a result: definitions and their versions."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from apps.api import examples
from apps.api.describe import HEADER, described, query
from apps.api.idempotency import idempotent
from apps.api.paging import Query, page
from apps.api.views import ApiView, answer
from apps.outcomes.models import DefinitionVersion, OutcomeDefinition
from apps.outcomes.publish import create_definition, publish_version


class Definitions(ApiView):
    """`/outcome-definitions`"""

    @described("list_definitions", "List definitions", answer=examples.definition.page(), parameters=query())
    def get(self, request: Any) -> HttpResponse:
        return answer(page(Query(request), fetched(OutcomeDefinition.objects.all()), shape))

    @described(
        "create_definition",
        "Define an outcome; its first version is published at once",
        body=examples.new_definition,
        answer=examples.whole_definition,
        status=201,
        parameters=[HEADER],
    )
    @idempotent
    def post(self, request: Any) -> HttpResponse:
        version = create_definition(self.body(), at=self.call.at)
        return answer(_told(version.definition.code), 201)


class OneDefinition(ApiView):
    """`/outcome-definitions/{code}`"""

    @described("get_definition", "Read a definition and all its versions", answer=examples.whole_definition)
    def get(self, request: Any, code: str) -> HttpResponse:
        return answer(_told(code))


class Versions(ApiView):
    """`/outcome-definitions/{code}/versions`"""

    @described(
        "publish_definition_version",
        "Publish the next version",
        body=examples.new_definition_version,
        answer=examples.whole_definition,
        status=201,
        parameters=[HEADER],
    )
    @idempotent
    def post(self, request: Any, code: str) -> HttpResponse:
        publish_version(OutcomeDefinition.objects.get(code=code), self.body(), at=self.call.at)
        return answer(_told(code), 201)


def fetched(definitions: QuerySet[OutcomeDefinition]) -> QuerySet[OutcomeDefinition]:
    """The definitions that were published at least once, with their versions."""
    published = definitions.filter(pk__in=DefinitionVersion.objects.values("definition"))
    return published.prefetch_related("versions")


def _told(code: str) -> dict[str, Any]:
    """A definition with every version of it, newest first."""
    definition = fetched(OutcomeDefinition.objects.all()).get(code=code)
    return shape(definition) | {"versions": [_version(one) for one in _newest_first(definition)]}


def shape(definition: OutcomeDefinition) -> dict[str, Any]:
    """A definition by its newest version."""
    return {
        "id": definition.pk,
        "code": definition.code,
        "trigger": definition.trigger,
        "active": definition.active,
        "created_at": definition.created_at,
        **_version(_newest_first(definition)[0]),
    }


def _newest_first(definition: OutcomeDefinition) -> list[DefinitionVersion]:
    return sorted(definition.versions.all(), key=lambda one: -one.number)


def _version(one: DefinitionVersion) -> dict[str, Any]:
    return {"version": one.number, "hash": one.hash, "published_at": one.published_at, **one.content()}
