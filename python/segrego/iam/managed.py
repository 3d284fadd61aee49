"""AWS-managed policies by ARN, from a copy that is shipped with segrego.

Templates attach AWS-managed policies by name alone; without their documents such a role could not be judged. A live
collection reads the account's own default version instead.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib import resources

from segrego.iam.documents import statements
from segrego.inventory import Statement

__all__ = ["managed_policy"]

_PARTITION = re.compile(r"^arn:aws(-[a-z-]+)?:")


@lru_cache(maxsize=2048)
def managed_policy(arn: str) -> tuple[Statement, ...] | None:
    """The statements of the AWS-managed policy, in any partition, or null if the copy does not hold it."""
    start = _table().find(b'\n{"arn":' + json.dumps(_PARTITION.sub("arn:aws:", arn)).encode() + b",")
    if start < 0:
        return None
    line = _table()[start : _table().index(b"\n", start + 1)]
    return statements(json.loads(line)["document"])


@lru_cache(maxsize=1)
def _table() -> bytes:
    return b"\n" + resources.files(__package__).joinpath("aws_managed_policies.jsonl").read_bytes()
