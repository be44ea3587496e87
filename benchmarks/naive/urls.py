"""A serializer, bulk_create and an answer; no key is asked for, nothing is judged, no usage is kept. And a constant."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.naive.models import NaiveEvent

TENANT = UUID(int=1)


class EventSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(source="external_id", max_length=255)
    type = serializers.CharField(max_length=128)
    customer = serializers.CharField(max_length=128)
    subject = serializers.CharField(max_length=255, required=False, allow_null=True)
    time = serializers.DateTimeField(required=False)
    quantity = serializers.DecimalField(max_digits=30, decimal_places=12, default=1)
    value = serializers.DecimalField(max_digits=30, decimal_places=12, required=False, allow_null=True)
    properties = serializers.JSONField(default=dict)
    evidence = serializers.URLField(required=False, allow_null=True)


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


urlpatterns = [path("events", Events.as_view()), path("constant", constant)]
