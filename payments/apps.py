from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from payments import checks  # noqa: F401
        from payments.gateways import http
        from payments.services.guard import refuse_calls_inside_transactions

        if refuse_calls_inside_transactions not in http.before_send_hooks:
            http.before_send_hooks.append(refuse_calls_inside_transactions)
