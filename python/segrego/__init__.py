"""segrego keeps AI agents on Amazon Bedrock from sharing an identity."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
