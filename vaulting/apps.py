from django.apps import AppConfig


class VaultingConfig(AppConfig):
    name = "vaulting"
    verbose_name = "Saved cards"
