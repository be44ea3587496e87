from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "apps.common"

    def ready(self) -> None:
        from django import forms  # noqa: PLC0415

        from apps.common.addresses import check_address  # noqa: PLC0415
        from apps.common.form_words import say_plainly  # noqa: PLC0415  fields must be ready

        say_plainly()
        forms.EmailField.default_validators = [check_address]
