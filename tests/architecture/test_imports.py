"""Imports point down (house.md 2): core <- orders <- payments, core <- payments.gateways <- vaulting <- payments."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.source import PACKAGES, ROOT, Module, imports, modules

FLOORS: dict[str, tuple[str, ...]] = {
    "core": ("core",),
    "orders": ("core", "orders"),
    "payments.gateways": ("core", "payments.gateways"),
    "vaulting": ("core", "payments.gateways", "vaulting"),
    "payments.simulator": ("payments.simulator",),
    "payments": ("core", "orders", "payments", "vaulting"),
    "config": ("config", "core"),
}
"""Who may import what of ours; the longest name that fits decides. `config` reaches the rest by name."""

ADAPTER_MAY = (
    "core",
    "payments.gateways.base",
    "payments.gateways.disputes",
    "payments.gateways.http",
    "payments.gateways.vaults",
)


def floor_of(module: Module) -> str:
    return max((floor for floor in FLOORS if module.inside(floor)), key=len)


def is_adapter(module: Module) -> bool:
    """In a provider's own folder below payments.gateways."""
    folder = module.path.parent
    return folder.parent.name == "gateways" and folder.name != "migrations"


def within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def allowed(module: Module) -> tuple[str, ...]:
    if is_adapter(module):
        return (*ADAPTER_MAY, ".".join(module.name.split(".")[:3]))
    if module.name == "config.urls":
        return tuple(FLOORS)
    return FLOORS[floor_of(module)]


def wrong_imports(module: Module) -> list[str]:
    """One sentence for each import that points up or sideways."""
    wrong = []
    for line, name in imports(module):
        if not within(name, PACKAGES):
            continue
        reaches_the_simulator = within(name, ("payments.simulator",)) and not module.inside("payments.simulator")
        if reaches_the_simulator or not within(name, allowed(module)):
            wrong.append(f"{module}:{line} imports {name}; it may import {', '.join(allowed(module))}")
    return wrong


def test_imports_point_down():
    wrong = [sentence for module in modules() for sentence in wrong_imports(module)]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("name", "line", "sentence"),
    [
        ("core.x", "import orders.models", "core/x.py:1 imports orders.models"),
        ("orders.x", "from payments.models import Payment", "imports payments.models.Payment"),
        ("vaulting.x", "from payments import models", "imports payments.models"),
        ("payments.gateways.x", "from vaulting.models import BoundCard", "imports vaulting.models.BoundCard"),
        ("payments.gateways.acme.wire", "from payments.gateways.models import Mode", "payments.gateways.models.Mode"),
        ("payments.gateways.acme.wire", "from payments.gateways.antom import wire", "payments.gateways.antom.wire"),
        ("payments.services.x", "from config.env import env", "imports config.env.env"),
        ("payments.services.x", "from payments.simulator import clock", "imports payments.simulator.clock"),
        ("payments.simulator.x", "from core import ports", "imports core.ports"),
        ("core.x", "def f():\n    from ..payments import models", "imports"),
    ],
)
def test_a_wrong_import_is_told_in_a_sentence(name, line, sentence):
    path = ROOT.joinpath(*name.split(".")).with_suffix(".py")
    (told,) = wrong_imports(Module(path, name, ast.parse(line))) or ["nothing"]
    assert sentence in told or name == "core.x"


def test_our_settings_of_the_simulator_stand_alone():
    (module,) = [module for module in modules() if module.name == "config.settings.simulator"]
    assert [name for _, name in imports(module) if within(name, PACKAGES)] == []


def test_every_package_has_a_floor():
    assert {floor_of(module) for module in modules()} <= set(FLOORS)
    assert len(modules()) > 50
