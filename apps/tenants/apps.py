from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenantsConfig(AppConfig):
    name = "apps.tenants"

    def ready(self) -> None:
        from apps.tenants.grants import after_migrate  # noqa: PLC0415  models must be ready

        post_migrate.connect(after_migrate, sender=self, dispatch_uid="grants")
