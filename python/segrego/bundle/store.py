"""Where bundles are published: a folder, or a prefix of an S3 bucket. A change reads, decides and replaces as one step,
so that two people who change the same bundle at once lose nothing of each other's."""

from __future__ import annotations

import fcntl
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from segrego.bundle.archive import MOST_BYTES
from segrego.errors import CollectError, ConfigError, InputError, OutputError
from segrego.report.output import write_bytes

__all__ = ["S3", "Change", "Folder", "Store", "file_name", "open_store"]

Change = Callable[[bytes | None], bytes | None]
"""From a bundle's present bytes (null: there is none) to those that replace it (null: it stays as it is)."""

_TRIES = 20
_LOCK = ".segrego.lock"


def file_name(name: str) -> str:
    """The file that a bundle is served as."""
    return f"{name}.tar.gz"


class Store(Protocol):
    """A place that sidecars, or what serves them, read bundles from."""

    where: str

    def read(self, name: str) -> bytes | None:
        """A bundle's bytes; null where there is none."""

    def change(self, name: str, make: Change) -> bool:
        """Replace a bundle by what ``make`` makes of it; whether it was replaced. ``make`` may run more than once.

        Raises :class:`~segrego.errors.OutputError` where the place cannot be written.
        """


def open_store(target: str) -> Store:
    """The store that ``target`` names: a folder, or ``s3://bucket/prefix``.

    Raises :class:`~segrego.errors.ConfigError` for anything else, and for a folder that is not there.
    """
    if target.startswith("s3://"):
        bucket, _, prefix = target.removeprefix("s3://").partition("/")
        if not bucket:
            raise ConfigError("the bucket is missing", where=target, hint="Write s3://bucket/prefix.")
        return S3(bucket, prefix.strip("/"))
    if "://" in target or not Path(target).is_dir():
        raise ConfigError("not a folder", where=target, hint="Give a folder that is there, or s3://bucket/prefix.")
    return Folder(Path(target))


class Folder:
    """Bundles as files of a folder. Each is replaced whole; a lock file beside them orders those who change them."""

    def __init__(self, path: Path) -> None:
        self.where = str(path)
        self._path = path

    def read(self, name: str) -> bytes | None:
        """As :meth:`Store.read`."""
        path = self._path / file_name(name)
        try:
            with path.open("rb") as file:
                return _whole(file, str(path))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputError(
                f"cannot be read: {error.strerror}", where=str(path), hint="Correct its permissions."
            ) from error

    def change(self, name: str, make: Change) -> bool:
        """As :meth:`Store.change`."""
        with self._locked():
            made = make(self.read(name))
            if made is not None:
                write_bytes(self._path / file_name(name), made)
            return made is not None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        path = self._path / _LOCK
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise OutputError(
                f"cannot be written: {error.strerror}", where=str(path), hint="Correct the folder's permissions."
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)


class S3:
    """Bundles as objects below a prefix, replaced by conditional writes. Source: Amazon S3, "Conditional writes"
    (``If-Match`` and ``If-None-Match`` of PutObject; 409 and 412 where another writer was first)."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self.where = f"s3://{bucket}/{prefix}".rstrip("/")
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._made: Any = None

    def read(self, name: str) -> bytes | None:
        """As :meth:`Store.read`."""
        return self._get(name)[0]

    def change(self, name: str, make: Change) -> bool:
        """As :meth:`Store.change`."""
        for attempt in range(_TRIES):
            data, tag = self._get(name)
            made = make(data)
            if made is None:
                return False
            if self._put(name, made, tag):
                return True
            time.sleep(random.uniform(0, min(0.05 * 2**attempt, 2)))  # noqa: S311 - it spreads writers, and hides nothing
        raise OutputError("other writers were first each time", where=self.where, hint="Try again.")

    def _get(self, name: str) -> tuple[bytes | None, str | None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            found = self._client().get_object(Bucket=self._bucket, Key=self._prefix + file_name(name))
            return _whole(found["Body"], f"{self.where}: {name}"), found["ETag"]
        except ClientError as error:
            if _code(error) in ("NoSuchKey", "404"):
                return None, None
            raise self._failed(error) from error
        except BotoCoreError as error:
            raise self._failed(error) from error

    def _put(self, name: str, data: bytes, tag: str | None) -> bool:
        """Whether it was written: not, if the object is another one than that with the tag."""
        from botocore.exceptions import BotoCoreError, ClientError

        condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag}
        try:
            self._client().put_object(
                Bucket=self._bucket,
                Key=self._prefix + file_name(name),
                Body=data,
                ContentType="application/gzip",
                **condition,
            )
        except ClientError as error:
            if _code(error) in ("PreconditionFailed", "ConditionalRequestConflict", "412", "409"):
                return False
            raise self._failed(error) from error
        except BotoCoreError as error:
            raise self._failed(error) from error
        return True

    def _client(self) -> Any:
        if self._made is None:
            from boto3.session import Session
            from botocore.exceptions import BotoCoreError

            try:
                self._made = Session().client("s3")  # type: ignore[no-untyped-call]
            except BotoCoreError as error:
                raise CollectError(
                    f"no S3 client can be made: {error}", where=self.where, hint="Set AWS_REGION and credentials."
                ) from error
        return self._made

    def _failed(self, error: Exception) -> OutputError:
        return OutputError(
            f"S3 refused: {error}", where=self.where, hint="Correct the name, the region or the permissions."
        )


def _whole(body: Any, where: str) -> bytes:
    """What a file or an answer holds, if it is no more than a bundle can be."""
    data: bytes = body.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise InputError(f"larger than {MOST_BYTES >> 20} MiB", where=where, hint="It is no bundle: remove it.")
    return data


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
