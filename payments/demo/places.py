"""Where the demo keeps its things, which ports it uses, and what it tells its children."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLIENT_ID = "SANDBOX_SIM5YDEMO0000000001"
"""Our name at the simulated provider; SIM says that no real account can be meant."""
CREDENTIALS = "antom_eu"
_NOT_INHERITED = (
    "DJANGO_",
    "SIM_",
    "ANTOM_",
    "CLOCK_",
    "DESK_",
    "RETURN_",
    "DATABASE_",
    "SQLITE_",
    "GATEWAY_",
    "TEST_",
    "COV_",
    "SECRET_KEY",
)


@dataclass(frozen=True)
class Places:
    folder: Path
    port: int
    simulator_port: int

    @property
    def app(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def simulator(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"

    @property
    def database(self) -> Path:
        return self.folder / "app.sqlite3"

    @property
    def simulator_database(self) -> Path:
        return self.folder / "simulator.sqlite3"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def gateway_keys(self) -> Path:
        return self.keys / "antom"

    @property
    def clock(self) -> Path:
        """Seconds by which the application and the simulator are both ahead of real time."""
        return self.folder / "clock"

    @property
    def people(self) -> Path:
        """Sign-ins with their throw-away passwords, made by the seed."""
        return self.folder / "people.json"

    @property
    def states(self) -> Path:
        """The seeded states: what each order shows, for people and for the comparison of the books."""
        return self.folder / "states.json"

    @property
    def stamp(self) -> Path:
        return self.folder / "prepared"

    @property
    def card(self) -> Path:
        """demo.json: everything a script needs to drive the demo."""
        return self.folder / "demo.json"

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def environment_of_app(self, inherited: Mapping[str, str] | None = None) -> dict[str, str]:
        keys = self.gateway_keys / CLIENT_ID
        prefix = CREDENTIALS.upper()
        return {
            **_plain(inherited),
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "DEMO": "true",
            "DEMO_FOLDER": str(self.folder),
            "SQLITE_PATH": str(self.database),
            "KEYS_DIR": str(self.keys),
            "PUBLIC_URL": self.app,
            "LOG_LEVEL": "WARNING",
            "CLOCK_FILE": str(self.clock),
            "RETURN_ADDRESSES": self.app,
            "GATEWAY_CREDENTIALS": CREDENTIALS,
            f"{prefix}_URL": self.simulator,
            f"{prefix}_CLIENT_ID": CLIENT_ID,
            f"{prefix}_CONFIRMED_CURRENCIES": "KWD",
            f"{prefix}_FORGET_TOKENS": "true",
            "DESK_TIME_ZONE": "Europe/Berlin",
            f"{prefix}_PRIVATE_KEY_FILE": str(keys / "merchant_private.pem"),
            f"{prefix}_PUBLIC_KEY_1_FILE": str(keys / "gateway_public.pem"),
        }

    def environment_of_simulator(self, inherited: Mapping[str, str] | None = None) -> dict[str, str]:
        return {
            **_plain(inherited),
            "DJANGO_SETTINGS_MODULE": "config.settings.simulator",
            "SIM_DATABASE": str(self.simulator_database),
            "SIM_KEYS_DIR": str(self.gateway_keys),
            "SIM_TIME_SCALE": "1",
            "SIM_CLOCK_FILE": str(self.clock),
        }

    def start_over(self) -> None:
        """Forget everything of an earlier demo, but not the lock that this process holds."""
        for path in self.folder.iterdir() if self.folder.exists() else ():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != "lock":
                path.unlink()


def places(environment: Mapping[str, str] = os.environ) -> Places:
    """DEMO_FOLDER, DEMO_PORT and DEMO_SIM_PORT, or .demo, 8000 and 8001; a taken port gives way to a free one."""
    folder = Path(environment.get("DEMO_FOLDER") or ROOT / ".demo").resolve()
    port = free_port(_number(environment, "DEMO_PORT", 8000))
    return Places(folder, port, free_port(_number(environment, "DEMO_SIM_PORT", 8001), other_than=port))


def free_port(wanted: int, *, other_than: int = 0) -> int:
    """The wanted port of this machine if nobody listens there, else any free one."""
    for port in (wanted, 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found = int(probe.getsockname()[1])
            if found != other_than:
                return found
    raise OSError("no free port on 127.0.0.1")


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdecimal() or int(text) > 65535:
        raise SystemExit(f"{name} is {text!r}; give a port from 0 (any) to 65535")
    return int(text)


def _plain(inherited: Mapping[str, str] | None) -> dict[str, str]:
    """What children may inherit: nothing that would point them to another database or provider."""
    source = os.environ if inherited is None else inherited
    return {
        name: value
        for name, value in source.items()
        if not name.startswith(_NOT_INHERITED) and not name.startswith("DEMO")
    } | {"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"}
