"""All routes of the site: pages at the root, the API under /api/v1, probes for operators."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("apps.console.urls")),
    path("portal/", include("apps.portal.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("apps.api.urls")),
    path("", include("apps.api.probes")),
    path("admin/", admin.site.urls),
]

handler400 = "config.errors.bad_request"
handler404 = "config.errors.not_found"

if settings.DEBUG:
    urlpatterns.append(path("styleguide", include("apps.console.styleguide")))
