"""The web server's entry."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
application = get_wsgi_application()

# What is loaded now stays: the collector need not walk through it in the middle of somebody's payment.
import_module(settings.ROOT_URLCONF)  # the views too
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
