"""The application as it is served, with a hook at one instant; see tests/kill/trap.py."""

from config.wsgi import application
from tests.kill import trap

trap.set_by_environment()

__all__ = ["application"]
