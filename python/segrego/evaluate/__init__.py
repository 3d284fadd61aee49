"""Engines: one policy and one report, whether Wasm in this process, the ``opa`` binary or an OPA server runs it."""

from segrego.evaluate.engine import ENGINES, Engine, EngineName, EngineOptions, engine

__all__ = ["ENGINES", "Engine", "EngineName", "EngineOptions", "engine"]
