from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "apps.common"

    def ready(self) -> None:
        from apps.common.form_words import say_plainly  # noqa: PLC0415  fields must be ready

        say_plainly()
