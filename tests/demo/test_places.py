"""Ports, paths and what children may inherit."""

from __future__ import annotations

import socket

import pytest

from payments.demo.places import CLIENT_ID, Places, free_port, places


@pytest.fixture
def somewhere(tmp_path) -> Places:
    return Places(tmp_path, 8000, 8001)


def test_a_taken_port_gives_way_to_a_free_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) not in (0, port)


def test_two_ports_are_never_the_same(tmp_path):
    wanted = free_port(0)
    found = places({"DEMO_FOLDER": str(tmp_path), "DEMO_PORT": str(wanted), "DEMO_SIM_PORT": str(wanted)})
    assert found.port == wanted != found.simulator_port
    assert found.folder == tmp_path


@pytest.mark.parametrize("port", ["no", "-1", "65536"])
def test_a_nonsensical_port_is_refused(port):
    with pytest.raises(SystemExit, match="DEMO_PORT"):
        places({"DEMO_PORT": port})


def test_children_inherit_nothing_that_points_elsewhere(somewhere):
    inherited = {
        "PATH": "/bin",
        "DATABASE_URL": "postgres://real",
        "ANTOM_EU_PRIVATE_KEY": "real",
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "DEMO_BREAK": "refund",
        "SECRET_KEY": "real",
    }
    app = somewhere.environment_of_app(inherited)
    assert app["DJANGO_SETTINGS_MODULE"] == "config.settings.dev"
    assert app["SQLITE_PATH"] == str(somewhere.folder / "app.sqlite3")
    assert app["ANTOM_EU_URL"] == "http://127.0.0.1:8001"
    assert (app["PUBLIC_URL"], app["PATH"]) == ("http://127.0.0.1:8000", "/bin")
    assert not {"DATABASE_URL", "ANTOM_EU_PRIVATE_KEY", "DEMO_BREAK", "SECRET_KEY"} & set(app)
    simulator = somewhere.environment_of_simulator(inherited)
    assert simulator["DJANGO_SETTINGS_MODULE"] == "config.settings.simulator"
    assert not any(name.startswith(("ANTOM_", "DATABASE_")) for name in simulator)


def test_the_name_at_the_provider_says_that_it_is_simulated():
    assert "SIM" in CLIENT_ID


def test_starting_over_forgets_everything_but_the_lock(somewhere):
    for name in ("lock", "app.sqlite3", "demo.json"):
        (somewhere.folder / name).touch()
    (somewhere.keys / "antom").mkdir(parents=True)
    somewhere.start_over()
    assert [path.name for path in somewhere.folder.iterdir()] == ["lock"]
