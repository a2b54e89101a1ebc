from django.apps import AppConfig


class SimulatorConfig(AppConfig):
    name = "payments.simulator"
    label = "simulator"
    verbose_name = "Provider simulator (no real money)"
    default_auto_field = "django.db.models.BigAutoField"
