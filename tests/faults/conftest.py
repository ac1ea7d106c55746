"""Fixtures of other folders that fault runs use as well."""

from __future__ import annotations

from tests.contract.conftest import postgres

__all__ = ["postgres"]
