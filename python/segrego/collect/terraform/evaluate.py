"""What the expressions of a configuration come to, without Terraform and without running anything.

Values that only an apply can know stay expressions: see :mod:`segrego.collect.terraform.terms`. Every value is worked
out once, and the work of one root module is bounded.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from segrego.collect.terraform.functions import FUNCTIONS, TOLERANT, as_bool, as_number, as_text, join_texts
from segrego.collect.terraform.hcl import EACH, parse_template
from segrego.collect.terraform.reading import Reader
from segrego.collect.terraform.references import Attribute, Opaque
from segrego.collect.terraform.syntax import (
    Attr,
    Binary,
    Call,
    Conditional,
    Expr,
    For,
    Index,
    Literal,
    Name,
    Object,
    Repeat,
    Splat,
    Template,
    Tuple,
    Unary,
)
from segrego.collect.terraform.terms import (
    EvaluationError,
    Keys,
    Lined,
    Text,
    UndecidedError,
    Unknown,
    is_open,
    leaves_of,
)
from segrego.errors import InputError

__all__ = ["MAX_STEPS", "Env", "Evaluator", "Namespace", "Referent"]

MAX_STEPS = 2_000_000
"""Most steps of evaluation in one root module: some seconds."""

MAX_DEPTH = 180
"""Deepest nesting of one evaluation in another."""

MAX_BITS = 4096
"""Largest whole number that is calculated with."""

_VARYING = re.compile(r"\b(?:each\.(?:key|value)|count\.index)\b")
_HINT = "Plan it, and give the output of `terraform show -json`."


class Referent(Protocol):
    """Something that has attributes which are worked out when they are asked for: a resource, a module."""

    def attribute(self, name: str) -> Any:
        """The value of an attribute."""


class Names(Protocol):
    """A module instance, as far as expressions ask it for names. ``path`` is its folder, from that of the root
    module."""

    address: str
    path: str

    def resolve(self, kind: str, name: str, expression: Expr) -> Any:
        """What ``kind.name`` means here: ``var.x``, ``local.x``, ``module.x``, ``data.T.x``, ``T.x``."""


@dataclass(slots=True)
class Env:
    """Where an expression stands. ``owner``: the address of what it is written for, of a resource or module call.
    ``key`` and ``value`` are those of ``each``, and ``defaulted`` tells whether they follow from the default of a
    variable."""

    scope: Names
    file: str
    owner: str
    key: Any = None
    value: Any = None
    names: Mapping[str, Any] = field(default_factory=dict)
    defaulted: bool = False

    def bound(self, names: Mapping[str, Any]) -> Env:
        """The same place with more names."""
        return replace(self, names={**self.names, **names})


@dataclass(frozen=True, slots=True)
class Namespace:
    """The first part of a reference, such as ``data`` or ``aws_iam_role``."""

    kind: str


class Evaluator:
    """Evaluates the expressions of one root module. ``tainted`` tells whether the last evaluation read a default."""

    def __init__(self, reader: Reader, root: str) -> None:
        self._reader = reader
        self._root = root
        self._steps = 0
        self._depth = 0
        self._memo: dict[object, tuple[Any, bool]] = {}
        self._active: set[object] = set()
        self._templates: dict[str, Expr | None] = {}
        self.tainted = False

    def charge(self, steps: int) -> None:
        """Count work. Raises :class:`~segrego.errors.InputError` when it is too much for one root module."""
        self._steps += steps
        if self._steps > MAX_STEPS:
            raise InputError("takes too much work to evaluate", hint=_HINT)

    def once(self, key: object, make: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
        """The value under a key, made the first time. What refers to itself, or fails, is ``otherwise``."""
        if key in self._memo:
            value, tainted = self._memo[key]
            self.tainted = self.tainted or tainted
            return value
        if key in self._active:
            return otherwise()
        outer, self.tainted = self.tainted, False
        self._active.add(key)
        try:
            value = make()
        except (EvaluationError, RecursionError):
            value = otherwise()
        finally:
            self._active.discard(key)
        self._memo[key] = (value, self.tainted)
        self.tainted = outer or self.tainted
        return value

    def apart(self, make: Callable[[], Any]) -> Any:
        """A value whose defaults are not those of what is being evaluated."""
        outer = self.tainted
        try:
            return make()
        finally:
            self.tainted = outer

    def unknown(self, expression: Expr, env: Env, among: Iterable[Any] = ()) -> Unknown:
        """An expression that stays one. It means one thing wherever it stands in one module instance, unless it
        varies."""
        text = " ".join(expression.text.split())[:300]
        owner = env.owner if _VARYING.search(text) else env.scope.address
        bound = [name for name in env.names if re.search(rf"(?<![\w.]){re.escape(name)}\b", text)]
        if bound:
            text += " with " + ", ".join(f"{name} = {_short(env.names[name])}" for name in sorted(bound))
        leaves = tuple(leaf for value in among for leaf in leaves_of(value))
        return Unknown(Opaque(owner, text, leaves[:64]))

    def evaluate(self, expression: Expr, env: Env) -> Any:
        """The value of an expression. Raises :class:`EvaluationError` where Terraform would."""
        self.charge(1)
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                return self.unknown(expression, env)
            return _RULES[type(expression)](self, expression, env)
        except UndecidedError:
            return self.unknown(expression, env)
        finally:
            self._depth -= 1

    def _literal(self, expression: Literal, env: Env) -> Any:
        return expression.value

    def _template(self, expression: Template, env: Env) -> Any:
        alone = expression.parts[0] if len(expression.parts) == 1 else ""
        if isinstance(alone, Expr) and not isinstance(alone, Repeat | Conditional):
            return self.evaluate(alone, env)
        values = []
        for part in expression.parts:
            value = part if isinstance(part, str) else self.evaluate(part, env)
            if isinstance(value, Namespace) or hasattr(value, "attribute"):
                raise EvaluationError("an object is no text")
            values.append(value)
        made = join_texts(values)
        self.charge(len(made) // 256)
        return made

    def _repeat(self, expression: Repeat, env: Env) -> Any:
        over = self.evaluate(expression.over, env)
        if isinstance(over, Unknown):
            return self.unknown(expression, env)
        parts = []
        for key, value in _entries(over):
            parts.append(
                self.evaluate(expression.body, env.bound(_names(expression.key, expression.value, key, value)))
            )
        made = join_texts(parts)
        self.charge(len(made) // 256)
        return made

    def _name(self, expression: Name, env: Env) -> Any:
        if expression.name in env.names:
            return env.names[expression.name]
        return Namespace(expression.name)

    def _attr(self, expression: Attr, env: Env) -> Any:
        of = self.evaluate(expression.of, env)
        if isinstance(of, Namespace):
            return self._named(of, expression, env)
        return self._member(of, expression.name, expression, env)

    def _named(self, of: Namespace, expression: Attr, env: Env) -> Any:
        name = expression.name
        if of.kind == "each":
            self.tainted = self.tainted or (env.defaulted and name == "value")
            return env.key if name == "key" else env.value
        if of.kind == "count":
            return env.key
        if of.kind == "path":
            return env.scope.path if name == "module" else posixpath.curdir
        if of.kind == "data":
            return Namespace(f"data.{name}")
        if of.kind in ("terraform", "self"):
            return self.unknown(expression, env)
        return env.scope.resolve(of.kind, name, expression)

    def _member(self, of: Any, name: str, expression: Expr, env: Env) -> Any:
        if isinstance(of, Unknown):
            leaf = of.leaf
            if isinstance(leaf, Attribute):
                return Unknown(Attribute(leaf.instance, f"{leaf.name}.{name}" if leaf.name else name))
            among = tuple(
                Attribute(inner.instance, name) if isinstance(inner, Attribute) and not inner.name else inner
                for inner in leaf.among
            )
            return Unknown(Opaque(leaf.owner, f"{leaf.text}.{name}", among))
        if isinstance(of, dict):
            if name not in of:
                raise EvaluationError(f"no attribute {name}")
            return of[name]
        if isinstance(of, list) and len(of) == 1 and isinstance(of[0], dict):
            return self._member(of[0], name, expression, env)  # a block that there can be one of
        if hasattr(of, "attribute"):
            return of.attribute(name)
        raise EvaluationError(f"no attribute {name}")

    def _index(self, expression: Index, env: Env) -> Any:
        of, key = self.evaluate(expression.of, env), self.evaluate(expression.key, env)
        if isinstance(of, Namespace):
            raise EvaluationError("an index of a namespace")
        if isinstance(of, Unknown):
            return (
                self._member(of, f"[{_short(key)}]", expression, env)
                if not is_open(key)
                else self.unknown(expression, env)
            )
        if isinstance(of, list):
            if is_open(key):
                return self.unknown(expression, env, of)
            index = int(as_number(key))
            if not 0 <= index < len(of):
                raise EvaluationError("an index out of range")
            return of[index]
        if isinstance(of, dict) and as_text(key) in of:
            return of[as_text(key)]
        if is_open(key):
            return self.unknown(expression, env, of.values() if isinstance(of, dict) else ())
        return self._member(of, as_text(key), expression, env)

    def _splat(self, expression: Splat, env: Env) -> Any:
        of = self.evaluate(expression.of, env)
        if isinstance(of, Unknown):
            return self.unknown(expression, env)
        values = [] if of is None else of if isinstance(of, list) else [of]
        return [self.evaluate(expression.rest, env.bound({EACH: value})) for value in values]

    def _conditional(self, expression: Conditional, env: Env) -> Any:
        test = self.evaluate(expression.test, env)
        if not is_open(test):
            return self.evaluate(expression.yes if as_bool(test) else expression.no, env)
        found = []
        for branch in (expression.yes, expression.no):
            try:
                found.append(self.evaluate(branch, env))
            except EvaluationError:
                continue
        if len(found) == 2 and _same(found[0], found[1]):
            return found[0]
        return self.unknown(expression, env, found)

    def _binary(self, expression: Binary, env: Env) -> Any:
        left, operator = self.evaluate(expression.left, env), expression.operator
        if operator in ("&&", "||"):
            stop = operator == "||"
            if not is_open(left) and as_bool(left) is stop:
                return stop
            right = self.evaluate(expression.right, env)
            if not is_open(right) and as_bool(right) is stop:
                return stop
            return self.unknown(expression, env) if is_open(left) or is_open(right) else not stop
        right = self.evaluate(expression.right, env)
        if operator in ("==", "!="):
            same = _equal(left, right)
            return self.unknown(expression, env) if same is None else same == (operator == "==")
        if is_open(left) or is_open(right):
            return self.unknown(expression, env)
        return _calculated(operator, as_number(left), as_number(right))

    def _unary(self, expression: Unary, env: Env) -> Any:
        value = self.evaluate(expression.operand, env)
        if is_open(value):
            return self.unknown(expression, env)
        return not as_bool(value) if expression.operator == "!" else -as_number(value)

    def _tuple(self, expression: Tuple, env: Env) -> Any:
        return [self.evaluate(item, env) for item in expression.items]

    def _object(self, expression: Object, env: Env) -> Any:
        pairs = [(self.evaluate(key, env), self.evaluate(value, env)) for key, value in expression.pairs]
        return Lined(((as_text(key), value) for key, value in pairs), (env.file, expression.line))

    def _for(self, expression: For, env: Env) -> Any:
        over = self.evaluate(expression.over, env)
        if isinstance(over, Unknown):
            return self.unknown(expression, env)
        rows: list[Any] = []
        pairs: dict[str, Any] = {}
        for key, value in _entries(over):
            inner = env.bound(_names(expression.key, expression.value, key, value))
            if expression.condition is not None:
                wanted = self.evaluate(expression.condition, inner)
                if is_open(wanted):
                    return self.unknown(expression, env)
                if not as_bool(wanted):
                    continue
            result = self.evaluate(expression.result, inner)
            if expression.key_result is None:
                rows.append(result)
            elif expression.grouped:
                pairs.setdefault(as_text(self.evaluate(expression.key_result, inner)), []).append(result)
            else:
                pairs[as_text(self.evaluate(expression.key_result, inner))] = result
        return rows if expression.key_result is None else Lined(pairs, (env.file, expression.line))

    def _call(self, expression: Call, env: Env) -> Any:
        name = expression.name.removeprefix("core::")
        if name in ("try", "can"):
            return self._try(expression, env, name)
        values = [self.evaluate(argument, env) for argument in expression.arguments]
        if expression.spread and values:
            last = values.pop()
            if isinstance(last, Unknown):
                return self.unknown(expression, env, values)
            values += [value for _, value in _entries(last)]
        if name in _READING:
            return _READING[name](self, expression, env, values)
        function = FUNCTIONS.get(name)
        if function is None or not _can_look(name, values):
            return self.unknown(expression, env, values)
        self.charge(_size(values))
        try:
            return function(*values)
        except UndecidedError:
            return self.unknown(expression, env, values)
        except (TypeError, ValueError, KeyError, IndexError, ArithmeticError, AttributeError) as error:
            raise EvaluationError(f"{name} cannot take these arguments") from error

    def _try(self, expression: Call, env: Env, name: str) -> Any:
        for argument in expression.arguments:
            try:
                value = self.evaluate(argument, env)
            except EvaluationError:
                continue
            return value if name == "try" else True
        if name == "can":
            return False
        raise EvaluationError("no argument of try has a value")

    def _file(self, expression: Call, env: Env, values: list[Any]) -> Any:
        text = self._text_of(values)
        return self.unknown(expression, env) if text is None else text

    def _text_of(self, values: list[Any]) -> str | None:
        path = values[0] if values else None
        if not isinstance(path, str):
            return None
        text = self._reader.text(posixpath.join(self._root, path))
        self.charge(len(text or "") // 256)
        return text

    def _template_file(self, expression: Call, env: Env, values: list[Any]) -> Any:
        text = self._text_of(values)
        if text is None or len(values) != 2 or not isinstance(values[1], dict):
            return self.unknown(expression, env)
        return self.render(text, str(values[0]), values[1], env, expression)

    def render(self, text: str, name: str, names: Mapping[str, Any], env: Env, expression: Expr) -> Any:
        """A template of a file. It sees the names that it is given, and nothing else."""
        if name not in self._templates:
            try:
                self._templates[name] = parse_template(text, name, 1)
            except InputError:
                self._templates[name] = None
        parsed = self._templates[name]
        if parsed is None:
            return self.unknown(expression, env)
        return self.evaluate(parsed, Env(_Nothing(env.scope), name, env.owner, names=names))

    def _file_set(self, expression: Call, env: Env, values: list[Any]) -> Any:
        if len(values) != 2 or any(is_open(value) or not isinstance(value, str) for value in values):
            return self.unknown(expression, env)
        found = self._reader.matching(posixpath.join(self._root, values[0]), values[1])
        self.charge(len(found or ()) * 4)
        return self.unknown(expression, env) if found is None else Keys(sorted(found))

    def _file_exists(self, expression: Call, env: Env, values: list[Any]) -> Any:
        if not values or is_open(values[0]) or not isinstance(values[0], str):
            return self.unknown(expression, env)
        return self._reader.text(posixpath.join(self._root, values[0])) is not None or self.unknown(expression, env)


class _Nothing:
    """The names that a template's file sees beside those it is given: none."""

    def __init__(self, scope: Names) -> None:
        self.address = scope.address
        self.path = scope.path

    def resolve(self, kind: str, name: str, expression: Expr) -> Any:
        raise EvaluationError(f"a template has no {kind}.{name}")


_RULES: dict[type[Expr], Callable[[Evaluator, Any, Env], Any]] = {
    Literal: Evaluator._literal,
    Template: Evaluator._template,
    Repeat: Evaluator._repeat,
    Name: Evaluator._name,
    Attr: Evaluator._attr,
    Index: Evaluator._index,
    Splat: Evaluator._splat,
    Conditional: Evaluator._conditional,
    Binary: Evaluator._binary,
    Unary: Evaluator._unary,
    Tuple: Evaluator._tuple,
    Object: Evaluator._object,
    For: Evaluator._for,
    Call: Evaluator._call,
}
_READING: dict[str, Callable[[Evaluator, Call, Env, list[Any]], Any]] = {
    "file": Evaluator._file,
    "templatefile": Evaluator._template_file,
    "fileset": Evaluator._file_set,
    "fileexists": Evaluator._file_exists,
}
_WRITING = frozenset(
    {"coalesce", "format", "formatlist", "join", "jsonencode", "tostring", "sensitive", "nonsensitive"}
)


def _can_look(name: str, values: list[Any]) -> bool:
    if name in _WRITING:
        return True
    if name in TOLERANT:
        return not any(isinstance(value, Unknown) for value in values[:1]) and (
            name not in ("merge", "concat", "setunion", "setproduct", "zipmap")
            or not any(isinstance(value, Unknown) for value in values)
        )
    return not any(is_open(value) or (isinstance(value, list) and any(map(is_open, value))) for value in values)


def _entries(value: Any) -> list[tuple[Any, Any]]:
    """Keys and values as ``for`` sees them."""
    if isinstance(value, Keys):
        return [(item, item) for item in value]
    if isinstance(value, list):
        return list(enumerate(value))
    if isinstance(value, dict):
        return sorted(value.items(), key=lambda pair: pair[0])
    raise EvaluationError("not a collection")


def _names(key_name: str | None, value_name: str, key: Any, value: Any) -> dict[str, Any]:
    return {value_name: value} if key_name is None else {key_name: key, value_name: value}


def _size(values: list[Any]) -> int:
    return sum(
        len(value) // 64 if isinstance(value, str) else len(value) for value in values if hasattr(value, "__len__")
    )


def _short(value: Any) -> str:
    if isinstance(value, Unknown):
        return value.text[:80]
    if isinstance(value, dict | list):
        return "…"
    return repr(value)[:80] if isinstance(value, str | int | float | bool) or value is None else "…"


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return isinstance(left, Unknown) and isinstance(right, Unknown) and left.leaf == right.leaf
    if isinstance(left, Text) and isinstance(right, Text) and left.leaf != right.leaf:
        return False
    return type(left) is type(right) and bool(left == right)


def _equal(left: Any, right: Any) -> bool | None:
    """Whether two values are equal; null if nobody knows yet. What a resource will have is neither null nor empty."""
    if _same(left, right):
        return True
    for one, other in ((left, right), (right, left)):
        if other is None or other == "":
            made = isinstance(one, Unknown) and isinstance(one.leaf, Attribute)
            if made or (isinstance(one, Text) and (one.leaf is None or isinstance(one.leaf, Attribute))):
                return False
    if is_open(left) or is_open(right):
        return None
    if isinstance(left, bool) != isinstance(right, bool):
        return str(left).lower() == str(right).lower() if isinstance(left, str) or isinstance(right, str) else False
    return bool(left == right)


def _calculated(operator: str, left: float, right: float) -> Any:
    if operator in ("/", "%") and right == 0:
        raise EvaluationError("a division by zero")
    if any(isinstance(value, int) and value.bit_length() > MAX_BITS for value in (left, right)):
        raise EvaluationError("a number that is too large")
    try:
        return _ARITHMETIC[operator](left, right)
    except OverflowError as error:
        raise EvaluationError("a number that is too large") from error


_ARITHMETIC: dict[str, Callable[[float, float], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": lambda a, b: a % b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
