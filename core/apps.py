from pathlib import Path

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "People and keys"

    def ready(self) -> None:
        from django.conf import settings

        from core import ports

        ports.use_clock_file(Path(settings.CLOCK_FILE) if settings.CLOCK_FILE else None)
