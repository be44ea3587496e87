"""The styleguide: every component of the pages in all its states; served in DEBUG only."""

from django.urls import path
from django.views.generic import TemplateView

urlpatterns = [path("", TemplateView.as_view(template_name="components/styleguide.html"), name="styleguide")]
