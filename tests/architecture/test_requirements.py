"""The locks: every file hashed, nothing fetched by address, no registry named."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import ROOT

LOCKS = ("run.txt", "tools.txt")


@pytest.fixture(params=LOCKS)
def lock(request) -> str:
    return (ROOT / "requirements" / request.param).read_text()


def packages(lock: str) -> dict[str, str]:
    """name -> its lines, one entry for each pinned package."""
    blocks = re.split(r"\n(?=\S)", lock.strip())
    return {re.split(r"[=\[ ]", block, maxsplit=1)[0]: block for block in blocks}


def test_every_package_is_pinned_and_hashed(lock):
    for name, block in packages(lock).items():
        assert re.match(rf"{re.escape(name)}(\[[\w,-]+\])?==\S+", block), f"{name} is not pinned"
        assert "--hash=sha256:" in block, f"{name} has no hash"


def test_no_address_and_no_option_stands_in_it(lock):
    assert not re.search(r"://|--(extra-)?index-url|--find-links|^-", lock.replace("    --hash", ""), re.MULTILINE)


def test_the_tools_contain_the_application_in_the_same_versions():
    run, tools = (packages((ROOT / "requirements" / name).read_text()) for name in LOCKS)
    versions = {name: block.split()[0] for name, block in run.items()}
    assert {name: tools[name].split()[0] for name in run} == versions


def test_whatever_pyproject_asks_for_is_locked():
    text = (ROOT / "pyproject.toml").read_text()
    asked = {name.lower() for name in re.findall(r'^    "([\w-]+)(?:\[[\w,]+\])? [~=]=', text, re.MULTILINE)}
    assert len(asked) > 30
    assert asked <= set(packages((ROOT / "requirements/tools.txt").read_text()))
