"""Cases of which `make test` tries some and `make thorough` the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def some_of(cases: Iterable[Any], *, always: Collection[Any]) -> list[Any]:
    """All cases for `parametrize`; those that are not in `always` are left to `make thorough`."""
    known = list(cases)
    missing = [case for case in always if case not in known]
    assert not missing, f"no such cases: {missing}"
    return [case if case in always else pytest.param(case, marks=pytest.mark.thorough) for case in known]


def one_in(n: int, cases: Iterable[Any]) -> list[Any]:
    """All cases for `parametrize`, of which every nth, from the first on, is not left to `make thorough`."""
    return [case if i % n == 0 else pytest.param(case, marks=pytest.mark.thorough) for i, case in enumerate(cases)]
