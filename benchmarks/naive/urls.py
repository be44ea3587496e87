"""A serializer, bulk_create and an answer; no key is asked for, nothing is judged, no usage is kept.

Beside it the endpoint that keeps as much as ours (equal.py), and a constant.
"""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.naive import equal
from benchmarks.naive.models import NaiveEvent
from benchmarks.naive.serializer import EventSerializer

TENANT = UUID(int=1)


class Events(APIView):
    """A list of events, or one."""

    def post(self, request: Any) -> Response:
        sent = request.data if isinstance(request.data, list) else [request.data]
        serializer = EventSerializer(data=sent, many=True)
        serializer.is_valid(raise_exception=True)
        rows = [NaiveEvent(tenant_id=TENANT, **one) for one in serializer.validated_data]
        NaiveEvent.objects.bulk_create(rows, ignore_conflicts=True)
        return Response({"accepted": len(rows)})


@csrf_exempt
def constant(request: HttpRequest) -> JsonResponse:
    """What the server can do at most."""
    return JsonResponse({"ok": True})


urlpatterns = [
    path("events", Events.as_view()),
    path("equal", equal.Events.as_view()),
    path("constant", constant),
]
