"""The policy as WebAssembly, run in this process on wasmtime. Needs nothing but the package.

OPA compiles the policy (``opa build -t wasm``); this is a host for what it makes, after "ABI 1" of OPA's WebAssembly
documentation. The document's bytes go straight into the policy's memory and are parsed there. Every evaluation has an
instance of its own, so nothing of one can reach the next. The policy uses only builtins that are native in Wasm (held
at build time), so a call of a host builtin is an error.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import msgspec

from segrego.errors import ConfigError, EngineError, EngineMissingError, EngineTimeoutError
from segrego.evaluate import compiled
from segrego.evaluate.engine import ENTRY_POINT, EngineOptions, one_line, report_of

if TYPE_CHECKING:
    import wasmtime

__all__ = ["EmbeddedEngine"]

_INSTALL = "Install segrego again, or use --engine opa."
_ELSEWHERE = "Try --engine opa, and report this."
_PAGE = 65_536
_MAX_PAGES = 65_535
"""OPA's allocator keeps sizes in 32 bits, so the last of the 65,536 pages that Wasm knows is out of its reach."""
_READ = 1024 * 1024
_STACK = 16 * 1024 * 1024
"""Of the thread that runs the policy, in bytes: wasmtime wants more than musl's threads have."""

_one_at_a_time = threading.Lock()
"""wasmtime's Python package keeps the callbacks of all stores in one list that has no lock of its own."""


class EmbeddedEngine:
    """Runs ``policy.wasm`` of a directory with the ``data.json`` beside it. Threads that share it take turns."""

    name = "embedded"

    def __init__(self, directory: Path, options: EngineOptions) -> None:
        """Raises :class:`~segrego.errors.ConfigError` for a memory cap that Wasm does not have."""
        self._directory = directory
        self._timeout = options.timeout_seconds
        self._pages = options.memory_mib * 1024 * 1024 // _PAGE
        self._cache = (options.cache_dir or compiled.default_directory()) if options.cache else None
        self._loaded: tuple[wasmtime.Engine, wasmtime.Module, bytes] | None = None
        self._first_pages = 0
        if not 16 <= self._pages <= _MAX_PAGES:
            raise ConfigError("the memory cap must lie between 1 and 4095 MiB", where="memory_mib")

    def version(self) -> str | None:
        """The version of wasmtime."""
        from importlib.metadata import version

        return f"wasmtime {version('wasmtime')}"

    def evaluate(self, document: bytes | bytearray) -> dict[str, Any]:
        """As :meth:`segrego.evaluate.engine.Engine.evaluate`."""
        with _one_at_a_time:
            answer = self._interruptible(document)
        try:
            results = msgspec.json.decode(answer, type=list[dict[str, Any]])
        except (msgspec.DecodeError, RecursionError) as error:
            raise EngineError("the policy's answer is not JSON", where=self.name, hint=_INSTALL) from error
        return report_of([found.get("result") for found in results], where=str(self._directory), hint=_INSTALL)

    def _interruptible(self, document: bytes | bytearray) -> bytes | bytearray:
        """Runs the policy in a thread, so that a time-out and Ctrl-C reach it: both raise the epoch, which ends it."""
        engine, module, data = self._load()
        cancelled = threading.Event()
        run = _Run(engine, module, (self._first_pages, self._pages), cancelled)
        default = threading.stack_size(_STACK)
        with ThreadPoolExecutor(max_workers=1) as pool:
            try:
                future = pool.submit(run, data, document)
                threading.stack_size(default)
                return future.result(timeout=self._timeout)
            except TimeoutError as error:
                raise EngineTimeoutError(
                    f"the policy ran for more than {self._timeout:g} s",
                    where=self.name,
                    hint="Allow more time, or check fewer files at once.",
                ) from error
            finally:
                cancelled.set()
                engine.increment_epoch()

    def _load(self) -> tuple[wasmtime.Engine, wasmtime.Module, bytes]:
        if self._loaded is None:
            import wasmtime

            try:
                wasm, data = ((self._directory / name).read_bytes() for name in ("policy.wasm", "data.json"))
            except OSError as error:
                where = str(error.filename)
                raise EngineMissingError("the compiled policy cannot be read", where=where, hint=_INSTALL) from error
            # OPA forgets the names of rules when it counts the pages to begin with; all of it is in the module's bytes
            self._first_pages = min(2 + len(wasm) // _PAGE, self._pages)
            config = wasmtime.Config()
            config.epoch_interruption = True
            engine = wasmtime.Engine(config)
            self._loaded = (engine, compiled.load(engine, wasm, self._cache, where=str(self._directory)), data)
        return self._loaded


class _Run:
    """One evaluation: a store, its memory, and the module's exports."""

    def __init__(
        self, engine: wasmtime.Engine, module: wasmtime.Module, pages: tuple[int, int], cancelled: threading.Event
    ) -> None:
        self._engine = engine
        self._module = module
        self._first_pages, self._pages = pages
        self._cancelled = cancelled

    def __call__(self, data: bytes, document: bytes | bytearray) -> bytes | bytearray:
        """The JSON result set of the entry point. Raises :class:`~segrego.errors.EngineError`."""
        import wasmtime

        self._store = wasmtime.Store(self._engine)
        try:
            self._store.set_epoch_deadline(1)
            if self._cancelled.is_set():  # the epoch rose before the deadline was set
                raise EngineError("stopped before it began", where=EmbeddedEngine.name)
            return self._evaluate(data, document)
        except wasmtime.Trap as trap:
            if trap.trap_code == wasmtime.TrapCode.MEMORY_OUT_OF_BOUNDS and self._is_large():
                raise _too_large() from trap
            what = trap.trap_code.name.lower().replace("_", " ") if trap.trap_code else one_line(trap.message)
            raise EngineError(f"the policy failed: {what}", where="embedded", hint=_ELSEWHERE) from trap
        except wasmtime.WasmtimeError as error:
            text = one_line(str(error).partition("\n")[0])
            raise EngineError(f"the policy cannot run here: {text}", where="embedded", hint=_INSTALL) from error
        finally:
            self._store.close()

    def _evaluate(self, data: bytes, document: bytes | bytearray) -> bytes | bytearray:
        self._instantiate()
        entry_point = msgspec.json.decode(self._dumped(self._call("entrypoints")), type=dict[str, int])
        if ENTRY_POINT not in entry_point:
            return b"[]"
        data_value, input_value = self._parsed(data, "the policy's data"), self._parsed(document, "the document")
        context = self._call("opa_eval_ctx_new")
        self._call("opa_eval_ctx_set_entrypoint", context, entry_point[ENTRY_POINT])
        self._call("opa_eval_ctx_set_data", context, data_value)
        self._call("opa_eval_ctx_set_input", context, input_value)
        if status := self._call("eval", context):
            raise EngineError(f"the policy failed with status {status}", where="embedded", hint=_INSTALL)
        answer = self._dumped(self._call("opa_eval_ctx_get_result", context))
        self._refuse_overflow()
        return answer

    def _instantiate(self) -> None:
        import wasmtime

        imports: list[Any] = []
        for wanted in self._module.imports:
            if isinstance(wanted.type, wasmtime.MemoryType):
                limits = wasmtime.Limits(max(wanted.type.limits.min, self._first_pages), self._pages)
                self._memory = wasmtime.Memory(self._store, wasmtime.MemoryType(limits))
                imports.append(self._memory)
            elif isinstance(wanted.type, wasmtime.FuncType):
                stop: Callable[..., Any] = self._refuse_builtin
                if wanted.name == "opa_abort":
                    stop = self._abort
                imports.append(wasmtime.Func(self._store, wanted.type, stop))
        self._exports = wasmtime.Instance(self._store, self._module, imports).exports(self._store)

    def _call(self, name: str, *arguments: int) -> int:
        function = cast("wasmtime.Func", self._exports[name])
        return cast("int", function(self._store, *arguments))

    def _parsed(self, text: bytes | bytearray, what: str) -> int:
        size = len(text)
        if size >= self._pages * _PAGE // 2:
            raise _too_large()
        address = self._call("opa_malloc", size or 1)
        offset = address & 0xFFFF_FFFF  # addresses are unsigned, and Wasm's integers arrive signed
        if offset + size > self._memory.data_len(self._store):
            raise _too_large()
        self._memory.write(self._store, text, offset)
        if isinstance(text, bytearray):
            text.clear()
        value = self._call("opa_json_parse", address, size)
        if not value:
            raise EngineError(f"{what} is not JSON", where="embedded")
        self._call("opa_free", address)
        return value

    def _dumped(self, value: int) -> bytearray:
        return self._text(self._call("opa_json_dump", value) & 0xFFFF_FFFF)

    def _text(self, start: int) -> bytearray:
        """The text at an address, up to its NUL."""
        text = bytearray()
        size = self._memory.data_len(self._store)
        while start < size:
            part, end, _ = self._memory.read(self._store, start, start + _READ).partition(b"\0")
            text += part
            if end:
                return text
            start += _READ
        raise EngineError("the policy's answer has no end", where="embedded", hint=_INSTALL)

    def _refuse_overflow(self) -> None:
        """OPA's allocator adds in 32 bits and does not look: past 4 GiB it would go on at the bottom, over live values.

        It only ever moves upwards otherwise, and the memory grows with it, so a pointer far below the top has wrapped.
        """
        top = self._memory.data_len(self._store)
        if self._is_large() and self._call("opa_heap_ptr_get") & 0xFFFF_FFFF < top // 2:
            raise _too_large()

    def _is_large(self) -> bool:
        return self._memory.data_len(self._store) > 2**31

    def _abort(self, address: int) -> NoReturn:
        text = one_line(self._text(address & 0xFFFF_FFFF).decode("utf-8", "replace"))
        if text.startswith("opa_malloc"):
            raise _too_large()
        raise EngineError(f"the policy gave up: {text}", where="embedded", hint=_ELSEWHERE)

    def _refuse_builtin(self, *_: int) -> NoReturn:
        raise EngineError("the policy calls a builtin that Wasm does not have", where="embedded", hint=_INSTALL)


def _too_large() -> EngineError:
    return EngineError(
        "the document needs more memory than the embedded engine may use",
        where="embedded",
        hint="Use --engine opa, which has no such limit, or check fewer files at once.",
    )
