"""``segrego.yaml``: what people declare, because no template or API says it.

:func:`load_config` reads the file and refuses what cannot be meant, :func:`apply` writes what it declares into an
inventory, :func:`notices` says what is probably not meant, and :func:`draft` writes a first file. Of entries that say
different things of one entity the first decides.
"""

from __future__ import annotations

from segrego.config.apply import apply
from segrego.config.draft import draft
from segrego.config.load import FILE_NAME, load_config, override, parse_config
from segrego.config.model import Config, Declarations
from segrego.config.notices import Notice, notices

__all__ = [
    "FILE_NAME",
    "Config",
    "Declarations",
    "Notice",
    "apply",
    "draft",
    "load_config",
    "notices",
    "override",
    "parse_config",
]
