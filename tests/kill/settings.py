"""Settings of processes that tests start: as the test suite, on the database of the test that runs now."""

import os

from config.env import env
from config.settings.test import *  # noqa: F403
from config.settings.test import DATABASES

DATABASES["default"]["NAME"] = os.environ["PROCESS_DATABASE"]
WHITENOISE_AUTOREFRESH = True  # nothing is collected
GATEWAY_DEADLINE_SECONDS = env.float("GATEWAY_DEADLINE_SECONDS", default=10.0)
