"""The versions that were tested are in the ranges that people install."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()


def direct_requirements() -> list[Requirement]:
    files = sorted(ROOT.glob("requirements*.txt"))
    lines = [line.partition("#")[0].strip() for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def test_the_lock_holds_exact_versions_and_nothing_else() -> None:
    assert [line for line in LOCK if not re.fullmatch(r"[\w.-]+==[\w.!+]+|#.*", line)] == []


@pytest.mark.parametrize("requirement", direct_requirements(), ids=lambda requirement: requirement.name)
def test_every_requirement_was_tested_in_its_range(requirement: Requirement) -> None:
    locked = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in LOCK)}
    version = locked.get(canonicalize_name(requirement.name))
    assert version is not None, f"requirements.lock has no {requirement.name}; `make lock` renews it"
    assert requirement.specifier.contains(version), f"{version} is not in {requirement.specifier}"
