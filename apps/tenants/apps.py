from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenantsConfig(AppConfig):
    name = "apps.tenants"

    def ready(self) -> None:
        from apps.tenants.grants import after_migrate

        post_migrate.connect(after_migrate, sender=self, dispatch_uid="grants")
