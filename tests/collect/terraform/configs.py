"""Types and texts that tests of configurations share."""

from __future__ import annotations

from collections.abc import Callable

from segrego.inventory import Inventory

Scan = Callable[..., Inventory]
"""The fixture ``scan``: files below a folder ``infra`` (or the text of ``main.tf``) to what is in them."""
