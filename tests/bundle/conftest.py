"""The fixtures of ``bundle_opa``."""

from bundle_opa import run_opa

__all__ = ["run_opa"]
