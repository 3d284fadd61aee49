"""tools/get_opa.sh in a directory of its own, with programs that stand in for go and curl."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PINNED = "#!/bin/sh\necho 'Version: 1.22.2'\n"
OTHER = "#!/bin/sh\necho 'Version: 1.21.0'\n"
GO = f"""#!/bin/sh
[ "$1 $2" = "install github.com/open-policy-agent/opa@v1.22.2" ] || exit 1
cat > "$GOBIN/opa" <<'END'
{PINNED}END
chmod 755 "$GOBIN/opa"
"""
PROGRAMS = [
    "sh",
    "cat",
    "cp",
    "mv",
    "mkdir",
    "mktemp",
    "rm",
    "dirname",
    "grep",
    "tail",
    "cut",
    "uname",
    "chmod",
    "sha256sum",
]


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    (tmp_path / "project/tools").mkdir(parents=True)
    shutil.copy(ROOT / "tools/get_opa.sh", tmp_path / "project/tools")
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in PROGRAMS:
        (folder / name).symlink_to(shutil.which(name) or pytest.fail(name))
    return folder


def add(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    (folder / name).chmod(0o755)


def curl(folder: Path, content: str, digest: str | None = None) -> None:
    add(folder, "release", content)
    digest = digest or hashlib.sha256(content.encode()).hexdigest()
    add(
        folder,
        "curl",
        f"""#!/bin/sh
while [ $# -gt 1 ]; do [ "$1" = --output ] && to=$2; shift; done
echo "$1" >> {folder}/urls
case "$1" in *.sha256) echo "{digest}  opa" > "$to" ;; *) cat {folder}/release > "$to" ;; esac
""",
    )


def run(programs: Path) -> subprocess.CompletedProcess[str]:
    project = programs.parent / "project"
    environment = {"PATH": str(programs), "HOME": os.environ.get("HOME", "/")}
    done = subprocess.run(
        [project / "tools/get_opa.sh"], env=environment, capture_output=True, text=True, cwd="/", check=False
    )
    assert sorted(path.name for path in (project / ".tools").iterdir()) in ([], ["opa"])  # nothing half-made is left
    return done


def installed(programs: Path) -> bool:
    return (programs.parent / "project/.tools/opa").exists()


def test_takes_the_pinned_one_from_the_path_and_then_keeps_it(programs: Path) -> None:
    add(programs, "opa", PINNED)
    done = run(programs)
    assert done.stdout == f"OPA 1.22.2 at .tools/opa (copied from {programs}/opa)\n"
    assert (programs / "opa").read_text(encoding="utf-8") == PINNED
    (programs / "opa").unlink()
    assert run(programs).stdout == "OPA 1.22.2 at .tools/opa (already there)\n"


def test_leaves_another_version_alone_and_builds(programs: Path) -> None:
    add(programs, "opa", OTHER)
    add(programs, "go", GO)
    assert run(programs).stdout == "OPA 1.22.2 at .tools/opa (built by go install)\n"
    assert (programs / "opa").read_text(encoding="utf-8") == OTHER


def test_downloads_the_release_where_go_is_missing_or_fails(programs: Path) -> None:
    add(programs, "go", "#!/bin/sh\necho no network >&2\nexit 1\n")
    curl(programs, PINNED)
    done = run(programs)
    assert "checksum verified" in done.stdout
    assert "no network" in done.stderr
    urls = (programs / "urls").read_text(encoding="utf-8").split()
    assert urls[0].startswith("https://github.com/open-policy-agent/opa/releases/download/v1.22.2/opa_")
    assert urls[1] == urls[0] + ".sha256"


@pytest.mark.parametrize("digest", ["0" * 64, "", "<html>", "x"])
def test_refuses_a_download_with_another_checksum(programs: Path, digest: str) -> None:
    curl(programs, PINNED, digest or " ")
    done = run(programs)
    assert done.returncode == 1
    assert "checksum" in done.stderr
    assert not installed(programs)


def test_refuses_a_release_of_another_version(programs: Path) -> None:
    curl(programs, OTHER)
    done = run(programs)
    assert done.returncode == 1
    assert not installed(programs)


def test_says_what_to_do_without_any_way(programs: Path) -> None:
    done = run(programs)
    assert done.returncode == 1
    assert "put OPA 1.22.2 on PATH" in done.stderr
    assert not installed(programs)
