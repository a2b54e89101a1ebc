"""Run as ONE process with many threads, so that one courier serves one database:

gunicorn payments.simulator.wsgi --workers 1 --threads 32 --worker-class gthread
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.simulator"

from django.core.wsgi import get_wsgi_application

_django = get_wsgi_application()

from payments.simulator import courier  # noqa: E402 - needs the app registry

courier.start()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    courier.start()  # a no-op, except in a worker that was forked after this module was loaded
    return _django(environ, start_response)
