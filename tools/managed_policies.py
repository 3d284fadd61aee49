"""Write python/segrego/iam/aws_managed_policies.jsonl: AWS's managed policies, so that a template that attaches one can
be judged without an AWS account.

The documents are AWS's own, as the ``moto`` package reads them from the IAM API. One line a policy, sorted by ARN.

    python tools/managed_policies.py [--check]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from moto.iam.aws_managed_policies import aws_managed_policies_data

TARGET = Path(__file__).parent.parent / "python/segrego/iam/aws_managed_policies.jsonl"


def lines() -> list[str]:
    """The file's lines, without their ends."""
    policies = json.loads(aws_managed_policies_data)
    rows = (
        {
            "arn": f"arn:aws:iam::aws:policy{policy['Path']}{name}",
            "version": policy["DefaultVersionId"],
            "document": policy["Document"],
        }
        for name, policy in policies.items()
    )
    return sorted(json.dumps(row, separators=(",", ":")) for row in rows)


def main() -> int:
    """Write, or with ``--check`` compare."""
    text = "\n".join(lines()) + "\n"
    if "--check" not in sys.argv:
        TARGET.write_text(text, encoding="utf-8")
    elif TARGET.read_text(encoding="utf-8") != text:
        print(f"{TARGET.name} is stale: run python tools/managed_policies.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
