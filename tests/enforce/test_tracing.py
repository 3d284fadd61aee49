"""Spans by the GenAI conventions, with OpenTelemetry's own SDK; and nothing missed where it is not installed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from bundle_opa import RunningOpa
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from test_guard import FIND, lines
from world import guard_for

from segrego.decision import Call, Decision
from segrego.enforce import DeniedError, Guard, Identity, Recorder, Request, Sidecar
from segrego.enforce.adapters.functions import guarded

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(scope="module")
def provider() -> TracerProvider:
    """The one of the process: OpenTelemetry lets it be set once, and another test's library may have done so."""
    current = trace.get_tracer_provider()
    if not isinstance(current, TracerProvider):
        current = TracerProvider()
        trace.set_tracer_provider(current)
    return current


@pytest.fixture(scope="module")
def exporter(provider: TracerProvider) -> InMemorySpanExporter:
    made = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(made))
    return made


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> InMemorySpanExporter:
    exporter.clear()
    return exporter


def ours(spans: InMemorySpanExporter) -> list[ReadableSpan]:
    return [span for span in spans.get_finished_spans() if span.name.startswith("execute_tool")]


def header(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-{span.context.trace_flags:02x}"


class Listening:
    """A sidecar that is listened to."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.asked: list[Call] = []

    def decide(self, call: Call) -> Decision:
        self.asked.append(call)
        answer: Decision = self.inner.decide(call)
        return answer

    def close(self) -> None:
        self.inner.close()


def guard_of(sidecar: RunningOpa, path: Path) -> tuple[Guard, Listening]:
    made = guard_for(sidecar.url, path, name="Orders")
    listening = Listening(made.decider)
    return Guard(listening, made.recorder, made.identity), listening


def test_a_span_tells_of_the_call_and_its_trace_goes_on(
    spans: InMemorySpanExporter, sidecar: RunningOpa, tmp_path: Path
) -> None:
    guard, listening = guard_of(sidecar, tmp_path / "calls.jsonl")
    with guard.session("session-1").permit(FIND):
        assert trace.get_current_span().get_span_context().is_valid
    (span,) = ours(spans)
    found = dict(span.attributes or {})
    assert span.name == "execute_tool orders"
    assert len(str(found.pop("segrego.decision_id", "x" * 36))) == 36
    assert found == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "orders",
        "gen_ai.agent.id": "orders-agent",
        "gen_ai.agent.name": "Orders",
        "gen_ai.conversation.id": "session-1",
        "segrego.operation": "find",
        "segrego.verdict": "allow",
        "segrego.reasons": (),
    }
    assert lines(tmp_path / "calls.jsonl")[0]["traceparent"] == header(span)
    assert [call.traceparent for call in listening.asked] == [header(span)]


def test_names_are_those_of_the_conventions(spans: InMemorySpanExporter, sidecar: RunningOpa, tmp_path: Path) -> None:
    from opentelemetry.semconv._incubating.attributes import error_attributes, gen_ai_attributes

    known = {value for module in (gen_ai_attributes, error_attributes) for value in vars(module).values()
             if isinstance(value, str)}  # fmt: skip
    guard, _ = guard_of(sidecar, tmp_path / "calls.jsonl")
    with pytest.raises(DeniedError), guard.session("s").permit(Request(tool="orders", operation="delete")):
        pytest.fail("the tool ran")
    names = {name for name in ours(spans)[0].attributes or {} if not name.startswith("segrego.")}
    assert {"gen_ai.operation.name", "error.type"} <= names <= known
    assert gen_ai_attributes.GenAiOperationNameValues.EXECUTE_TOOL.value == "execute_tool"


def test_a_denied_call_is_an_error_with_its_rules(
    spans: InMemorySpanExporter, sidecar: RunningOpa, tmp_path: Path
) -> None:
    guard, _ = guard_of(sidecar, tmp_path / "calls.jsonl")
    with pytest.raises(DeniedError), guard.session("s").permit(Request(tool="orders", operation="delete")):
        pytest.fail("the tool ran")
    (span,) = ours(spans)
    attributes = span.attributes or {}
    assert (attributes["segrego.verdict"], attributes["segrego.reasons"]) == ("deny", ("tool_not_registered",))
    assert (span.status.status_code, attributes["error.type"]) == (trace.StatusCode.ERROR, "DeniedError")


def test_what_a_tool_says_in_its_errors_is_not_in_the_span(
    spans: InMemorySpanExporter, sidecar: RunningOpa, tmp_path: Path
) -> None:
    guard, _ = guard_of(sidecar, tmp_path / "calls.jsonl")
    with pytest.raises(ValueError, match="s3cret"), guard.session("s").permit(FIND):
        raise ValueError("s3cret")
    (span,) = ours(spans)
    assert "s3cret" not in span.to_json()
    assert "4111111111111111" not in span.to_json()
    assert (span.attributes or {})["error.type"] == "ValueError"


def test_a_span_about_the_call_is_its_parent(spans: InMemorySpanExporter, sidecar: RunningOpa, tmp_path: Path) -> None:
    guard, _ = guard_of(sidecar, tmp_path / "calls.jsonl")
    session = guard.session("s", traceparent=PARENT)
    with trace.get_tracer("test").start_as_current_span("invoke_agent") as around, session.permit(FIND):
        pass
    (span,) = ours(spans)
    assert span.parent is not None
    assert span.parent.span_id == around.get_span_context().span_id


def test_the_sessions_traceparent_is_the_parent_otherwise(
    spans: InMemorySpanExporter, sidecar: RunningOpa, tmp_path: Path
) -> None:
    guard, listening = guard_of(sidecar, tmp_path / "calls.jsonl")
    with guard.session("s", traceparent=PARENT).permit(FIND):
        pass
    (span,) = ours(spans)
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == PARENT.split("-")[2]
    assert str(listening.asked[0].traceparent).split("-")[1] == PARENT.split("-")[1]


def test_tasks_at_once_have_spans_of_their_own(
    spans: InMemorySpanExporter, sidecar: RunningOpa, tmp_path: Path
) -> None:
    guard, listening = guard_of(sidecar, tmp_path / "calls.jsonl")
    session = guard.session("s")

    @guarded(session, tool="orders")
    async def find(order_id: str) -> None:
        await asyncio.sleep(0.01)

    async def run() -> None:
        with trace.get_tracer("test").start_as_current_span("invoke_agent"):
            await asyncio.gather(*(find(str(number)) for number in range(5)))

    asyncio.run(run())
    assert len(ours(spans)) == 5
    assert len({span.parent.span_id for span in ours(spans) if span.parent}) == 1
    assert sorted(map(header, ours(spans))) == sorted(str(call.traceparent) for call in listening.asked)


def test_a_span_that_cannot_be_ended_does_not_make_the_tool_run_again(
    provider: TracerProvider, sidecar: RunningOpa, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(SimpleSpanProcessor):
        is_on = True

        def on_end(self, span: ReadableSpan) -> None:
            if self.is_on:
                raise RuntimeError("s3cret")

    processor = Broken(InMemorySpanExporter())
    provider.add_span_processor(processor)
    try:
        guard, _ = guard_of(sidecar, tmp_path / "calls.jsonl")
        with guard.session("s").permit(FIND):
            pass
    finally:
        processor.is_on = False
    assert "could not be ended: RuntimeError" in caplog.text
    assert "s3cret" not in caplog.text


WITHOUT = """
import sys
sys.path[:0] = sys.argv[4:]
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(name=name)
sys.meta_path.insert(0, Missing())
from pathlib import Path
from segrego.enforce import Request
from world import guard_for
guard = guard_for(sys.argv[1], Path(sys.argv[2]), proof=lambda: sys.argv[3])
for parent in (PARENT, "rubbish", PARENT.upper(), PARENT + "\\r\\nx: y", "00-" + "0" * 32 + PARENT[35:], None):
    with guard.session("s", traceparent=parent).permit(Request(tool="orders", operation="find")):
        pass
assert "opentelemetry" not in sys.modules
"""


def test_without_the_package_a_traceparent_is_handed_on_all_the_same(sidecar: RunningOpa, tmp_path: Path) -> None:
    from world import proof

    path = tmp_path / "calls.jsonl"
    here = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "bundle")]
    code = f"PARENT = {PARENT!r}\n{WITHOUT}"
    command = [sys.executable, "-c", code, sidecar.url, path, proof(), *here]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    recorded = [line["traceparent"] for line in lines(path) if line["event"] == "decision"]
    assert recorded == [PARENT, None, None, None, None, None]


def test_the_sidecar_is_sent_the_header(tmp_path: Path) -> None:
    import socket
    import threading

    from segrego.enforce import SidecarOptions

    server = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def answer() -> None:
        connection, _ = server.accept()
        heard.append(connection.recv(65_536))
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n{"result": {"verdict": "allow"}}')
        connection.close()

    thread = threading.Thread(target=answer)
    thread.start()
    url = f"http://127.0.0.1:{server.getsockname()[1]}"
    decider = Sidecar(SidecarOptions(url=url, deadline_seconds=5))
    guard = Guard(decider, Recorder(tmp_path / "calls.jsonl"), Identity(agent="a"))
    with guard.session("s", traceparent=PARENT).permit(FIND):
        pass
    thread.join()
    server.close()
    sent = next(line for line in heard[0].split(b"\r\n") if line.lower().startswith(b"traceparent:"))
    assert lines(tmp_path / "calls.jsonl")[0]["traceparent"].encode() in sent
