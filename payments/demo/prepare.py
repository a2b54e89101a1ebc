"""Before the first start: keys and tables. On later starts a stamp says that nothing is to be done."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Mapping, Sequence

from payments.demo.places import CLIENT_ID, ROOT, Places

GUNICORN = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--no-control-socket"]
GUNICORN += ["--graceful-timeout", "3", "--log-level", "warning"]


def web_command(places: Places) -> list[str]:
    bind = ["--bind", f"127.0.0.1:{places.port}", "--workers", "2", "--threads", "8"]
    return [*GUNICORN, *bind, "config.wsgi"]


def simulator_command(places: Places) -> list[str]:
    bind = ["--bind", f"127.0.0.1:{places.simulator_port}", "--workers", "1", "--threads", "32"]
    return [*GUNICORN, *bind, "payments.simulator.wsgi"]


def worker_command() -> list[str]:
    return [sys.executable, "manage.py", "work"]


def fingerprint() -> str:
    """Changes when a table, the seed or the client id does."""
    digest = hashlib.sha256(CLIENT_ID.encode())
    files = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("payments/*/migrations/*.py"), ROOT / "payments/demo/seed.py"]
    for file in sorted([*files, ROOT / "payments/roles.py", ROOT / "requirements/run.txt"]):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_prepared(places: Places) -> bool:
    return places.stamp.exists() and places.stamp.read_text() == fingerprint()


def make_keys_and_tables(places: Places) -> None:
    """Both databases at the same time. Raises SystemExit with what went wrong."""
    places.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    django = [sys.executable, "-m", "django"]
    keys = [*django, "simulator_keys", "--dir", str(places.gateway_keys), "--client-id", CLIENT_ID]
    migrate = [*django, "migrate", "--verbosity", "0"]
    simulator, app = places.environment_of_simulator(), places.environment_of_app()
    run(keys, simulator)  # the application's settings read them
    both = [start(migrate, simulator), start(migrate, app)]
    for process in both:
        finish(process)


def seed(places: Places) -> None:
    """Needs a running simulator: it makes the saved cards' tokens."""
    run([sys.executable, "-m", "payments.demo.seed", places.simulator, str(places.people)], places.environment_of_app())
    places.stamp.write_text(fingerprint())


def run(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Standard output. Raises SystemExit with the command's own words when it fails."""
    return finish(start(command, environment))


def start(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own commands
        command, env=dict(environment), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process: subprocess.Popen[str], *, seconds: float = 120) -> str:
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise SystemExit(f"{process.args!r} did not end within {seconds:g} s") from None
    if process.returncode:
        raise SystemExit(f"{process.args!r} failed:\n{err or out}")
    return out
