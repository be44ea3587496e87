"""Probes for operators, at the root of the site: is it up, is it ready, what did it count."""

from django.urls import path

from apps.api import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
