from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from payments import checks  # noqa: F401
        from payments.gateways import http
        from payments.services.guard import give_connections_back, refuse_calls_inside_transactions

        for hook in (refuse_calls_inside_transactions, give_connections_back):
            if hook not in http.before_send_hooks:
                http.before_send_hooks.append(hook)
