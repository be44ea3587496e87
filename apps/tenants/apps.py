from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenantsConfig(AppConfig):
    name = "apps.tenants"

    def ready(self) -> None:
        from apps.tenants import grants, statistics  # noqa: PLC0415  models must be ready

        post_migrate.connect(grants.after_migrate, sender=self, dispatch_uid="grants")
        post_migrate.connect(statistics.after_migrate, sender=self, dispatch_uid="statistics")
