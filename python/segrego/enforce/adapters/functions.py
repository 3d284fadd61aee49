"""Plain functions as tools."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from segrego.enforce.guard import GuardedSession, Request

__all__ = ["guarded"]

Function = TypeVar("Function", bound=Callable[..., Any])


def guarded(
    session: GuardedSession, *, tool: str, operation: str | None = None, without: Collection[str] = ()
) -> Callable[[Function], Function]:
    """A decorator: the function runs only if its call is allowed. ``operation`` is its name where none is given; its
    arguments, defaults included, are those of the call, but for the parameters that ``without`` names: ``self``, a
    client, and whatever else is not the agent's to choose and has no JSON form. Coroutine functions are awaited.

    The function raises :class:`~segrego.enforce.DeniedError` or :class:`~segrego.enforce.ApprovalRequiredError` where
    the call is not allowed. Generators are refused (:class:`TypeError`): they would run after the decision's record is
    closed.
    """

    def decorate(function: Function) -> Function:
        signature = inspect.signature(function)
        if unknown := sorted({*without} - signature.parameters.keys()):
            raise TypeError(f"{function!r} has no parameter {unknown[0]}")
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"{function!r} is a generator: it would run when the decision is long past")

        def request(arguments: tuple[Any, ...], named: dict[str, Any]) -> Request:
            bound = signature.bind(*arguments, **named)
            bound.apply_defaults()
            name = operation or str(function.__name__)
            said = {key: value for key, value in bound.arguments.items() if key not in without}
            return Request(tool=tool, operation=name, arguments=said)

        @functools.wraps(function)
        def run(*arguments: Any, **named: Any) -> Any:
            with session.permit(request(arguments, named)):
                return _finished(function(*arguments, **named), function)

        @functools.wraps(function)
        async def arun(*arguments: Any, **named: Any) -> Any:
            async with session.apermit(request(arguments, named)):
                return _finished(await function(*arguments, **named), function)

        made: Any = arun if inspect.iscoroutinefunction(function) else run
        return made  # type: ignore[no-any-return]

    return decorate


def _finished(result: Any, function: Callable[..., Any]) -> Any:
    """The result, if nothing of the function is still to run: that would be after its outcome is recorded."""
    if inspect.isawaitable(result) or inspect.isgenerator(result) or inspect.isasyncgen(result):
        if inspect.iscoroutine(result) or inspect.isgenerator(result):
            result.close()
        raise TypeError(f"{function!r} gave a {type(result).__name__}, which would run when the decision is long past")
    return result
