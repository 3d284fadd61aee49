"""What the expressions of a configuration come to, without Terraform and without running anything.

Values that only an apply can know stay expressions: see :mod:`segrego.collect.terraform.terms`. Every value is worked
out once, and the work of one root module is bounded.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from segrego.collect.terraform.conversions import as_bool, as_number, as_text, join_texts
from segrego.collect.terraform.environment import Env, GivenNames, Namespace
from segrego.collect.terraform.functions import FUNCTIONS
from segrego.collect.terraform.hcl import EACH, parse_template
from segrego.collect.terraform.json_lines import with_lines
from segrego.collect.terraform.openness import can_look
from segrego.collect.terraform.operators import bound_names, calculated, entries, is_equal, is_same, short, size_of
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
    UndecidedError,
    Unknown,
    is_open,
    leaves_of,
)
from segrego.errors import InputError

__all__ = ["MAX_STEPS", "Evaluator"]

MAX_STEPS = 2_000_000
"""Most steps of evaluation in one root module: some seconds."""

MAX_DEPTH = 180
"""Deepest nesting of one evaluation in another."""


_VARYING = re.compile(r"\b(?:each\.(?:key|value)|count\.index)\b")
_HINT = "Plan it, and give the output of `terraform show -json`."


class Evaluator:
    """Evaluates the expressions of one root module. ``tainted`` tells whether the last evaluation read a default."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
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

    def unknown(self, expression: Expr, env: Env, among: Iterable[Any] = (), *, only: bool = False) -> Unknown:
        """An expression that stays one. It means one thing wherever it stands in one module instance, unless it
        varies."""
        text = " ".join(expression.text.split())[:300]
        owner = env.owner if _VARYING.search(text) else env.scope.address
        bound = [name for name in env.names if re.search(rf"(?<![\w.]){re.escape(name)}\b", text)]
        if bound:
            text += " with " + ", ".join(f"{name} = {short(env.names[name])}" for name in sorted(bound))
        leaves = tuple(leaf for value in among for leaf in leaves_of(value))
        return Unknown(Opaque(owner, text, leaves[:64], only=only and len(leaves) <= 64))

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
        bound = (bound_names(expression.key, expression.value, key, value) for key, value in entries(over))
        made = join_texts([self.evaluate(expression.body, env.bound(names)) for names in bound])
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
                self._member(of, f"[{short(key)}]", expression, env)
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
        if len(found) == 2 and is_same(found[0], found[1]):
            return found[0]
        return self.unknown(expression, env, found, only=True)

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
            same = is_equal(left, right)
            return self.unknown(expression, env) if same is None else same == (operator == "==")
        if is_open(left) or is_open(right):
            return self.unknown(expression, env)
        return calculated(operator, as_number(left), as_number(right))

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
        for key, value in entries(over):
            inner = env.bound(bound_names(expression.key, expression.value, key, value))
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
            values += [value for _, value in entries(last)]
        if name in _READING:
            return _READING[name](self, expression, env, values)
        function = FUNCTIONS.get(name)
        if function is None or not can_look(name, values):
            return self.unknown(expression, env, values)
        self.charge(size_of(values))
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
        return self.unknown(expression, env) if text is None else with_lines(text, self._reader.shown(values[0]), 1)

    def _text_of(self, values: list[Any]) -> str | None:
        path = values[0] if values else None
        text = self._reader.text(path) if isinstance(path, str) else None
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
        return self.evaluate(parsed, Env(GivenNames(env.scope), name, env.owner, names=names))

    def _file_set(self, expression: Call, env: Env, values: list[Any]) -> Any:
        if len(values) != 2 or any(is_open(value) or not isinstance(value, str) for value in values):
            return self.unknown(expression, env)
        found = self._reader.matching(values[0], values[1])
        self.charge(len(found or ()) * 4)
        return self.unknown(expression, env) if found is None else Keys(sorted(found))

    def _file_exists(self, expression: Call, env: Env, values: list[Any]) -> Any:
        if not values or is_open(values[0]) or not isinstance(values[0], str):
            return self.unknown(expression, env)
        return self._reader.text(values[0]) is not None or self.unknown(expression, env)


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
