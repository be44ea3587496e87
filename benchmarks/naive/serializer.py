"""What both endpoints read: one event, as DRF has it."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers


class EventSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(source="external_id", max_length=255)
    type = serializers.CharField(max_length=128)
    customer = serializers.CharField(max_length=128)
    subject = serializers.CharField(max_length=255, required=False, allow_null=True)
    time = serializers.DateTimeField(required=False)
    quantity = serializers.DecimalField(max_digits=30, decimal_places=12, default=Decimal(1))
    value = serializers.DecimalField(max_digits=30, decimal_places=12, required=False, allow_null=True)
    properties = serializers.JSONField(default=dict)
    evidence = serializers.URLField(required=False, allow_null=True)
