"""From the bytes of a file of configuration to nodes: HCL2's native syntax, templates alone, and the JSON syntax."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from segrego.collect.terraform.literals import dedented, number, undoubled, unescaped
from segrego.collect.terraform.syntax import (
    Attr,
    Binary,
    Block,
    Body,
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
from segrego.errors import InputError

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

__all__ = ["EACH", "MAX_BYTES", "MAX_DEPTH", "parse", "parse_template"]

MAX_BYTES = 1024 * 1024
"""Largest file of configuration. Looking for the errors of a file that is no HCL takes up to 11 s per MiB."""

MAX_DEPTH = 64
"""Deepest nesting of an expression or block."""

EACH = "*"
"""The name that stands for the element in a splat; no name of HCL can be it."""

_HINT = "Correct the syntax there: `terraform validate` says more."
_FENCE = "SEGREGO_TEMPLATE"
_OPERATORS = frozenset({"==", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "&&", "||"})


def parse(data: bytes, name: str) -> Body:
    """The body of a file in native syntax. Raises :class:`~segrego.errors.InputError` with file and line."""
    if len(data) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES // 1024**2} MiB", where=name, hint="Split the file.")
    data = data.removeprefix(b"\xef\xbb\xbf")
    _check_utf8(data, name)
    root = _parser().parse(data).root_node
    if root.has_error:
        line = _first_error(root)
        raise InputError("not valid HCL", where=f"{name}:{line}", hint=_HINT)
    reader = _Reader(data, name, 0)
    for child in root.named_children:
        if child.type == "body":
            return reader.body(child, 0)
    return Body()


def parse_template(text: str, name: str, line: int) -> Expr:
    """A template that stands alone: a file for ``templatefile``, or a text of the JSON syntax."""
    if "${" not in text and "%{" not in text:
        return Literal(line, text, text)
    data = f"x = <<{_FENCE}\n{text}\n{_FENCE}\n".encode()
    if len(data) > MAX_BYTES or _FENCE in text:
        raise InputError("a template that is too large to read", where=f"{name}:{line}", hint="Split it.")
    root = _parser().parse(data).root_node
    if root.has_error:
        raise InputError("not a valid template", where=f"{name}:{line}", hint=_HINT)
    found = _Reader(data, name, line - 2).body(root.named_children[0], 0).attributes["x"]
    return _without_last_newline(found)


def _without_last_newline(found: Expr) -> Expr:
    if isinstance(found, Literal):
        return Literal(found.line, found.text, found.value[:-1])
    assert isinstance(found, Template)
    *parts, last = found.parts
    return Template(found.line, found.text, (*parts, last[:-1]) if isinstance(last, str) else found.parts)


@cache
def _parser() -> Parser:
    import tree_sitter_hcl
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_hcl.language()))


def _check_utf8(data: bytes, name: str) -> None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start} is not UTF-8", where=name, hint="Give a text file in UTF-8.") from error


def _first_error(root: Node) -> int:
    """The line of the first error in a tree, found without recursion."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.is_missing or (node.type == "ERROR" and not any(child.has_error for child in node.children)):
            return int(node.start_point[0]) + 1
        stack.extend(reversed([child for child in node.children if child.has_error or child.is_missing]))
    return 1


class _Reader:
    """Turns the nodes of one file into ours."""

    def __init__(self, data: bytes, name: str, shift: int) -> None:
        self._data = data
        self._name = name
        self._shift = shift

    def body(self, node: Node, depth: int) -> Body:
        made = Body()
        for child in node.named_children:
            if child.type == "attribute":
                name, value = child.named_children[0], child.named_children[-1]
                label = self._text(name)
                if label in made.attributes:
                    raise self._error(child, f"the attribute {label} stands twice in one block")
                made.attributes[label] = self.expression(value, depth + 1)
            elif child.type == "block":
                made.blocks.append(self._block(child, depth + 1))
        return made

    def _block(self, node: Node, depth: int) -> Block:
        self._check(node, depth)
        names = [self._label(child) for child in node.named_children if child.type in ("identifier", "string_lit")]
        inner = next((child for child in node.named_children if child.type == "body"), None)
        body = self.body(inner, depth) if inner is not None else Body()
        return Block(names[0], tuple(names[1:]), body, self._name, self._line(node))

    def _label(self, node: Node) -> str:
        return self._text(node) if node.type == "identifier" else unescaped(self._text(node)[1:-1])

    def expression(self, node: Node, depth: int) -> Expr:
        self._check(node, depth)
        return self._sequence([child for child in node.children if child.type != "comment"], depth)

    def _sequence(self, nodes: Sequence[Node], depth: int) -> Expr:
        """A term, and what follows it: ``.name``, ``[index]``, ``[*]…``."""
        first, rest = nodes[0], nodes[1:]
        if first.type == "(":
            found, rest = self.expression(nodes[1], depth + 1), nodes[3:]
        else:
            found = self._term(first, depth)
        return self._followed(found, rest, first, depth)

    def _followed(self, found: Expr, rest: Sequence[Node], first: Node, depth: int) -> Expr:
        for node in rest:
            line, text = self._line(node), self._data[first.start_byte : node.end_byte].decode()
            if node.type == "get_attr":
                found = Attr(line, text, found, self._text(node.named_children[0]))
            elif node.type == "index":
                found = Index(line, text, found, self._key(node.children[0], depth))
            elif node.type == "splat":
                inner = node.children[0].children[1:]
                own = len(inner) if node.children[0].type == "full_splat" else _attributes(inner)
                each = self._followed(Name(line, EACH, EACH), inner[:own], node, depth)
                found = self._followed(Splat(line, text, found, each), inner[own:], first, depth)
            else:
                raise self._error(node, "not valid HCL")
        return found

    def _key(self, node: Node, depth: int) -> Expr:
        if node.type == "legacy_index":
            return Literal(self._line(node), self._text(node), int(self._text(node)[1:]))
        return self.expression(next(child for child in node.named_children if child.type == "expression"), depth + 1)

    def _term(self, node: Node, depth: int) -> Expr:
        self._check(node, depth)
        kind, line, text = node.type, self._line(node), self._text(node)
        parts = [child for child in node.children if child.type != "comment"]
        if kind == "expression":
            return self.expression(node, depth + 1)
        if kind == "variable_expr":
            return Name(line, text, text)
        if kind in ("literal_value", "collection_value", "operation", "for_expr", "template_expr"):
            return self._term(parts[0], depth + 1)
        if kind == "conditional":
            return self._conditional(node, depth)
        if kind in ("binary_operation", "unary_operation"):
            return self._operation(parts, kind, line, text, depth)
        if kind == "function_call":
            return self._call(node, line, text, depth)
        if kind == "tuple":
            return Tuple(line, text, tuple(self._expressions(node, depth)))
        if kind == "object":
            return Object(line, text, tuple(self._pairs(node, depth)))
        if kind in ("for_tuple_expr", "for_object_expr"):
            return self._for(node, line, text, depth)
        return self._scalar(node, kind, line, text, depth)

    def _scalar(self, node: Node, kind: str, line: int, text: str, depth: int) -> Expr:
        if kind == "numeric_lit":
            return Literal(line, text, number(text))
        if kind == "bool_lit":
            return Literal(line, text, text == "true")
        if kind == "null_lit":
            return Literal(line, text, None)
        if kind == "string_lit":
            return Literal(line, text, unescaped(text[1:-1]))
        if kind == "quoted_template":
            return self._template(node, node.start_byte + 1, node.end_byte - 1, quoted=True, depth=depth)
        if kind == "heredoc_template":
            return self._heredoc(node, line, depth)
        raise self._error(node, "not valid HCL")

    def _expressions(self, node: Node, depth: int) -> list[Expr]:
        return [self.expression(child, depth + 1) for child in node.named_children if child.type == "expression"]

    def _operation(self, parts: list[Node], kind: str, line: int, text: str, depth: int) -> Expr:
        if kind == "unary_operation":
            return Unary(line, text, parts[0].type, self._sequence(parts[1:], depth + 1))
        at = next(index for index, part in enumerate(parts) if index and part.type in _OPERATORS)
        left, right = self._sequence(parts[:at], depth + 1), self._sequence(parts[at + 1 :], depth + 1)
        return Binary(line, text, parts[at].type, left, right)

    def _conditional(self, node: Node, depth: int) -> Expr:
        """A conditional. The grammar groups ``a ? b : c ? d : e`` to the left, and HCL to the right."""
        spine: list[tuple[Node, Node]] = []
        test: Node = node
        while True:
            test, yes, no = [child for child in test.named_children if child.type == "expression"]
            spine.append((yes, no))
            inner = [child for child in test.children if child.type != "comment"]
            if len(spine) > MAX_DEPTH:
                raise self._error(node, "nested too deeply")
            if len(inner) != 1 or inner[0].type != "conditional":
                break
            test = inner[0]
        made: Expr | None = None
        tests = [test, *(no for _, no in reversed(spine[1:]))]
        for condition, (yes, no) in zip(reversed(tests), spine, strict=True):
            otherwise = made or self.expression(no, depth + 1)
            at = depth + 1
            made = Conditional(
                self._line(node), self._text(node), self.expression(condition, at), self.expression(yes, at), otherwise
            )
        assert made is not None
        return made

    def _call(self, node: Node, line: int, text: str, depth: int) -> Expr:
        name = self._text(node.named_children[0])
        given = next((child for child in node.named_children if child.type == "function_arguments"), None)
        if given is None:
            return Call(line, text, name, (), False)
        spread = any(child.type == "ellipsis" for child in given.children)
        return Call(line, text, name, tuple(self._expressions(given, depth)), spread)

    def _pairs(self, node: Node, depth: int) -> list[tuple[Expr, Expr]]:
        found = []
        for child in node.named_children:
            if child.type == "object_elem":
                key, value = [part for part in child.named_children if part.type == "expression"]
                found.append((self._object_key(key, depth), self.expression(value, depth + 1)))
        return found

    def _object_key(self, node: Node, depth: int) -> Expr:
        """A plain name is the key itself, and no reference; one in parentheses is a reference."""
        made = self.expression(node, depth + 1)
        return Literal(made.line, made.text, made.name) if isinstance(made, Name) and node.child_count == 1 else made

    def _for(self, node: Node, line: int, text: str, depth: int) -> Expr:
        intro = next(child for child in node.named_children if child.type == "for_intro")
        names = [self._text(child) for child in intro.named_children if child.type == "identifier"]
        over = next(child for child in intro.named_children if child.type == "expression")
        results = self._expressions(node, depth)
        guard = next((child for child in node.named_children if child.type == "for_cond"), None)
        return For(
            line,
            text,
            names[0] if len(names) > 1 else None,
            names[-1],
            self.expression(over, depth + 1),
            results[0] if len(results) > 1 else None,
            results[-1],
            self._expressions(guard, depth)[0] if guard is not None else None,
            any(child.type == "ellipsis" for child in node.children),
        )

    def _heredoc(self, node: Node, line: int, depth: int) -> Expr:
        first, last = [child for child in node.children if child.type == "heredoc_identifier"]
        start = self._data.index(b"\n", first.end_byte) + 1
        end = self._data.rfind(b"\n", 0, last.start_byte) + 1
        if self._data[node.start_byte : node.start_byte + 3] == b"<<-":
            text = dedented(self._data[start : max(start, end)].decode())
            found = parse_template(text, self._name, line + 1)
            found.line, found.text = line, self._text(node)
            return found
        return self._template(node, start, max(start, end), quoted=False, depth=depth)

    def _template(self, node: Node, start: int, end: int, *, quoted: bool, depth: int) -> Expr:
        text = self._data[node.start_byte : node.end_byte].decode()
        tokens = list(self._tokens(node))
        flat: list[Any] = []
        at, strip = start, False
        for token in tokens:
            flat.append(self._literal(at, token.start_byte, quoted=quoted, left=strip, right=_strips_left(token)))
            flat.append(token)
            at, strip = token.end_byte, _strips_right(token)
        flat.append(self._literal(at, end, quoted=quoted, left=strip, right=False))
        line = self._line(node)
        if not tokens:
            return Literal(line, text, flat[0])
        return Template(line, text, self._assembled(flat, depth))

    def _tokens(self, node: Node) -> list[Node]:
        """The interpolations and the ends of directives in a template, in their order."""
        found: list[Node] = []
        stack = list(reversed(node.children))
        while stack:
            child = stack.pop()
            if child.type == "template_interpolation" or child.type in _DIRECTIVES:
                found.append(child)
            elif child.type in ("template_directive", "template_if", "template_for"):
                stack.extend(reversed(child.children))
        return found

    def _literal(self, start: int, end: int, *, quoted: bool, left: bool, right: bool) -> str:
        text = self._data[start:end].decode()
        text = text.lstrip() if left else text
        text = text.rstrip() if right else text
        return unescaped(text) if quoted else undoubled(text)

    def _assembled(self, flat: list[Any], depth: int) -> tuple[Any, ...]:
        """Nest what stands between directives."""
        stack: list[tuple[Node | None, list[list[Any]]]] = [(None, [[]])]
        for item in flat:
            if isinstance(item, str):
                if item:
                    stack[-1][1][-1].append(item)
            elif item.type == "template_interpolation":
                inner = next((child for child in item.named_children if child.type == "expression"), None)
                if inner is None:
                    raise self._error(item, "an empty interpolation")
                stack[-1][1][-1].append(self.expression(inner, depth + 1))
            elif item.type in ("template_if_intro", "template_for_start"):
                self._check(item, depth + len(stack))
                stack.append((item, [[]]))
            elif item.type == "template_else_intro":
                stack[-1][1].append([])
            elif len(stack) > 1:
                opened, branches = stack.pop()
                assert opened is not None
                stack[-1][1][-1].append(self._directive(opened, branches, depth))
        return tuple(stack[0][1][0])

    def _directive(self, opened: Node, branches: list[list[Any]], depth: int) -> Expr:
        line, text = self._line(opened), self._text(opened)
        subject = self.expression(next(c for c in opened.named_children if c.type == "expression"), depth + 1)
        bodies = [Template(line, text, tuple(branch)) for branch in branches]
        if opened.type == "template_if_intro":
            otherwise = bodies[1] if len(bodies) > 1 else Literal(line, "", "")
            return Conditional(line, text, subject, bodies[0], otherwise)
        names = [self._text(child) for child in opened.named_children if child.type == "identifier"]
        return Repeat(line, text, names[0] if len(names) > 1 else None, names[-1], subject, bodies[0])

    def _line(self, node: Node) -> int:
        return int(node.start_point[0]) + 1 + self._shift

    def _text(self, node: Node) -> str:
        return self._data[node.start_byte : node.end_byte].decode()

    def _check(self, node: Node, depth: int) -> None:
        if depth > MAX_DEPTH * 2:  # a level of nesting is about two nodes
            raise self._error(node, "nested too deeply")

    def _error(self, node: Node, message: str) -> InputError:
        return InputError(message, where=f"{self._name}:{self._line(node)}", hint=_HINT)


_DIRECTIVES = frozenset(
    {"template_if_intro", "template_else_intro", "template_if_end", "template_for_start", "template_for_end"}
)


def _attributes(nodes: Sequence[Node]) -> int:
    """How many attributes a list of steps starts with: ``a.*.b[0]`` is ``(a.*.b)[0]``."""
    return next((index for index, node in enumerate(nodes) if node.type != "get_attr"), len(nodes))


def _strips_left(token: Node) -> bool:
    return len(token.children) > 1 and token.children[1].type == "strip_marker"


def _strips_right(token: Node) -> bool:
    return len(token.children) > 1 and token.children[-2].type == "strip_marker"
