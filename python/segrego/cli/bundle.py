"""``segrego bundle``: what sidecars decide by, built, signed and published."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segrego.cli.common import ConfigPath, LeaseMinutes, OtherKeys, ParameterFiles, load_rules, say, write
from segrego.errors import ConfigError, InputError, OutputError

if TYPE_CHECKING:
    from segrego.bundle.archive import Bundle

__all__ = ["Algorithm", "Part", "app", "build", "keygen", "publish", "renew", "sign", "verify"]

app = typer.Typer(no_args_is_help=True, help="Build, sign and publish what sidecars decide by.")


class Algorithm(StrEnum):
    """What bundles are signed with: those that OPA verifies."""

    ES256 = "ES256"
    RS256 = "RS256"


class Part(StrEnum):
    """The bundles."""

    policy = "policy"
    agents = "agents"
    revocations = "revocations"


PrivateKey = Annotated[Path | None, typer.Option("--key", metavar="FILE", help="The private key that signs.")]
Keys = Annotated[
    list[Path], typer.Option("--key", metavar="FILE", help="A key that may have signed, public or private. Repeatable.")
]


@app.command()
def keygen(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="KEY", help="Where the private key is written.")],
    algorithm: Annotated[Algorithm, typer.Option(help="What it signs with.")] = Algorithm.ES256,
) -> None:
    """Make a key: KEY (mode 0600), KEY.pub and KEY.jwks.json. No file is ever replaced."""
    from segrego.bundle.signing import new_key, write_key

    public, key_set = write_key(output, new_key(str(output), algorithm.value))
    say(f"{output}: keep it secret; {public} verifies bundles, {key_set} what an issuer signs (runtime.issuers)")


@app.command()
def build(
    inventory: Annotated[
        list[str] | None, typer.Argument(metavar="INVENTORY...", help="As for check, or what collect wrote.")
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="A folder for the bundles. It is made if need be.")
    ] = Path("bundles"),
    config: ConfigPath = None,
    parameters: ParameterFiles = None,
    key: PrivateKey = None,
    unsigned: Annotated[
        bool, typer.Option("--unsigned", help="Do not sign; `segrego bundle sign` does later.")
    ] = False,
    lease_minutes: LeaseMinutes = 60,
    only: Annotated[Part | None, typer.Option(help="Only this bundle.")] = None,
) -> None:
    """Build the three bundles: the policy, the agents of an inventory, and a first one of revocations."""
    from segrego.bundle.publishing import packed
    from segrego.bundle.signing import load_key
    from segrego.bundle.store import file_name
    from segrego.report.output import write_bytes

    if (key is None) != unsigned:
        raise ConfigError("say how the bundles are signed", where="--key", hint="Give --key, or else --unsigned.")
    signer = load_key(key) if key else None
    made = _built(inventory or [], config, parameters, time.time_ns() + lease_minutes * _MINUTE_NS, only)
    contents = {bundle.name: packed(bundle, signer) for bundle in made}
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot be made: {error.strerror}", where=str(output), hint="Choose another -o.") from error
    for bundle in made:
        write_bytes(output / file_name(bundle.name), contents[bundle.name])
        write("-", _line(bundle))


def _built(
    paths: list[str], config: Path | None, parameters: list[str] | None, not_after_ns: int, only: Part | None
) -> list[Bundle]:
    from segrego.bundle import contents

    made: list[Bundle] = []
    if only in (None, Part.policy):
        made.append(contents.policy(not_after_ns))
    if only in (None, Part.agents):
        made.append(_agents(paths, config, parameters, not_after_ns))
    if only in (None, Part.revocations):
        made.append(contents.revocations(contents.nothing_revoked(), not_after_ns))
    return made


def _agents(paths: list[str], config: Path | None, parameters: list[str] | None, not_after_ns: int) -> Bundle:
    from segrego.assess import prepare
    from segrego.bundle import contents
    from segrego.bundle.agents import agents_document
    from segrego.collect.files import collect_files
    from segrego.config import load_config, notices

    if not paths:
        raise ConfigError("the agents bundle needs an inventory", where="INVENTORY", hint="Name one, or give --only.")
    declared = load_config(config, {rule.slug for rule in load_rules()})
    prepared = prepare(collect_files(paths, parameters or ()), declared, evaluated_at_ns=time.time_ns())
    for notice in notices(declared, prepared):
        say(f"warning: {notice}")
    if prepared.gaps:
        say(f"warning: {len(prepared.gaps)} gaps in the inventory: what could not be read is not registered")
    document = agents_document(prepared, declared)
    if not document["agents"]:
        raise InputError("no agents were found", where=", ".join(paths), hint="Name the templates or the inventory.")
    if unresolved := sum(any("${" in role for role in agent["roles"]) for agent in document["agents"].values()):
        say(f"warning: {unresolved} agents have roles that only the deployment names: they are denied until collected")
    return contents.agents(document, not_after_ns)


@app.command()
def sign(
    bundles: Annotated[list[Path], typer.Argument(metavar="BUNDLE...", help="Files; each is replaced.")],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="The private key that signs.")],
    also: OtherKeys = None,
    lease_minutes: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=43_200, help="A new lease. Default: it stays.")
    ] = None,
) -> None:
    """Sign bundles that are unsigned, or sign them again with another key or lease."""
    from segrego.bundle.publishing import packed, resigned
    from segrego.bundle.signing import load_key
    from segrego.report.output import write_bytes

    signer = load_key(key)
    others = [load_key(path) for path in also or []]
    end = None if lease_minutes is None else time.time_ns() + lease_minutes * _MINUTE_NS
    made = [(path, resigned(_read(path), signer, others, str(path), not_after_ns=end)) for path in bundles]
    for path, bundle in made:
        write_bytes(path, packed(bundle, signer))
        write("-", _line(bundle))


@app.command()
def verify(
    bundles: Annotated[list[Path], typer.Argument(metavar="BUNDLE...", help="Files.")],
    key: Keys,
) -> None:
    """Verify bundles as a sidecar does, and say what they are. Exit code 2: refused, or the lease has ended."""
    from segrego.bundle.publishing import opened
    from segrego.bundle.signing import load_key

    keys = [load_key(path) for path in key]
    found = [opened(_read(path), keys, str(path)) for path in bundles]
    for bundle in found:
        write("-", _line(bundle))
    for path, bundle in zip(bundles, found, strict=True):
        if bundle.not_after_ns <= time.time_ns():
            raise InputError("its lease has ended", where=str(path), hint="Sign it again with `segrego bundle sign`.")


@app.command()
def publish(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What build wrote.")],
    to: Annotated[str, typer.Option("--to", metavar="FOLDER|s3://BUCKET/PREFIX", help="Where sidecars read.")],
    key: Keys,
    only: Annotated[Part | None, typer.Option(help="Only this bundle.")] = None,
) -> None:
    """Verify bundles and put them where sidecars read them. Revocations that are there are never lost."""
    from segrego.bundle.publishing import opened, publish
    from segrego.bundle.signing import load_key
    from segrego.bundle.store import file_name, open_store

    keys = [load_key(path) for path in key]
    names = [only.value] if only else [part.value for part in Part if (folder / file_name(part.value)).exists()]
    if not names:
        raise InputError("there are no bundles", where=str(folder), hint="Build them with `segrego bundle build`.")
    store = open_store(to)
    read = {name: _read(folder / file_name(name)) for name in names}
    for name, data in read.items():  # all of them, before the first is published
        where = str(folder / file_name(name))
        if (said := opened(data, keys, where).name) != name:
            raise InputError(f"it is the bundle {said}", where=where, hint="Build the bundles again.")
    for name, data in read.items():
        bundle = publish(store, data, keys, str(folder / file_name(name)), now_ns=time.time_ns())
        if bundle is None:
            say(f"{to}: revocations stay as they are: they hold some that {folder} lacks")
        else:
            write("-", _line(bundle))


@app.command()
def renew(
    to: Annotated[str, typer.Option("--to", metavar="FOLDER|s3://BUCKET/PREFIX", help="Where sidecars read.")],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="The private key that signs.")],
    also: OtherKeys = None,
    lease_minutes: LeaseMinutes = 60,
    only: Annotated[Part | None, typer.Option(help="Only this bundle.")] = None,
) -> None:
    """Give published bundles a new lease. Their content stays."""
    from segrego.bundle.publishing import renew
    from segrego.bundle.signing import load_key
    from segrego.bundle.store import open_store

    signer = load_key(key)
    others = [load_key(path) for path in also or []]
    store = open_store(to)
    for part in [only] if only else list(Part):
        end = time.time_ns() + lease_minutes * _MINUTE_NS
        write("-", _line(renew(store, part.value, signer, others, not_after_ns=end)))


_MINUTE_NS = 60_000_000_000


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path), hint="Correct the path.") from error


def _line(bundle: Bundle) -> str:
    from segrego.bundle.archive import revision

    left = -((time.time_ns() - bundle.not_after_ns) // _MINUTE_NS)
    lease = f"lease: {left} min left" if left >= 0 else f"lease: ended {-left} min ago"
    return f"{bundle.name:<12} {revision(bundle.files)}  {lease}\n"
