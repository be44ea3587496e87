"""Django's admin as the operator's: its default site is ours."""

from django.contrib.admin.apps import AdminConfig


class OperatorAdminConfig(AdminConfig):
    default_site = "apps.tenants.operator.OperatorSite"
