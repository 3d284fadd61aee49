"""Configurations that somebody made to break a reader: a gap or an inventory, in bounded time, and never an
exception."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from configs import Scan
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import codes, holders

from segrego.collect.document import encode
from segrego.collect.source import SourceFile
from segrego.collect.terraform import SOURCE
from segrego.collect.terraform.hcl import MAX_BYTES, parse, parse_template
from segrego.errors import InputError
from segrego.inventory import Inventory

GOOD = """
resource "aws_iam_role" "good" { name = "good" }
resource "aws_bedrockagent_agent" "good" {
  agent_name              = "good"
  agent_resource_role_arn = aws_iam_role.good.arn
}
"""


def read(text: str | bytes, name: str = "main.tf") -> Inventory:
    found = SOURCE.read([SourceFile(name, text.encode() if isinstance(text, str) else text)])
    assert encode(found)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 5000 + "]" * 5000,
        "x = " + "(" * 5000,
        "x = " + '"${' * 2000 + "1" + '}"' * 2000,
        "x = " + "!" * 5000 + "true",
        "x = 1" + " + 1" * 5000,
        "x = " + "true ? 1 : " * 5000 + "2",
        "a {\n" * 5000 + "}\n" * 5000,
        "x = a" + "[0]" * 5000,
        "x = {" + "a = {" * 3000 + "}" * 3000 + "}",
        "x = <<EOT\n" + "%{ if a }" * 3000,
        "}{" * 5000,
        "\x00" * 1000,
        b"x = \"\xff\xfe\"",
        b"\xff\xfe\x00x",
        "x = 1\nx = 2\n",
        "x = <<" + "E" * 5000,
        "a" * (MAX_BYTES + 1),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_parsed_is_a_gap_and_the_rest_is_read(text: str | bytes) -> None:
    files = [
        SourceFile("bad.tf", text if isinstance(text, bytes) else ("locals {\n" + text + "\n}\n").encode()),
        SourceFile("good.tf", GOOD.encode()),
    ]
    found = SOURCE.read(files)
    assert [w.name for w in found.workloads] == ["good"]
    assert [(gap.code, gap.subject) for gap in found.gaps if "trust" not in gap.facts[:1]] == [
        ("unreadable_file", "bad.tf")
    ] or codes(found) == ["unreadable_policy"]


def test_a_file_that_the_user_names_and_that_is_broken_names_its_line(tmp_path: Path) -> None:
    from segrego.collect.files import collect_files

    (tmp_path / "main.tf").write_text('resource "a" "b" {\n  x = \n}\n')
    with pytest.raises(InputError, match=r"main\.tf:2"):
        collect_files([str(tmp_path / "main.tf")])


@pytest.mark.parametrize(
    "locals_",
    [
        "a = local.a",
        "a = local.b\n b = local.c\n c = local.a",
        'a = "${local.b}"\n b = [local.a]',
        "a = { for k in local.a : k => k }",
        "a = aws_iam_role.good.name\n b = jsonencode(local.b)",
    ],
)
def test_what_refers_to_itself_ends(locals_: str) -> None:
    text = f"locals {{\n {locals_}\n}}\n" + GOOD.replace('"good" { name = "good" }', '"good" { name = local.a }')
    assert [w.name for w in read(text).workloads] == ["good"]


def test_resources_and_modules_that_refer_to_one_another_end(scan: Scan) -> None:
    found = scan(
        {
            "main.tf": """
module "a" {
  source = "./m"
  x      = module.b.y
}
module "b" {
  source = "./m"
  x      = module.a.y
}
resource "aws_iam_role" "r" {
  count = length(aws_iam_role.r)
  name  = aws_iam_role.s.name
}
resource "aws_iam_role" "s" { name = aws_iam_role.r[0].name }
""",
            "m/main.tf": """
variable "x" {}
output "y" { value = var.x }
resource "aws_bedrockagent_agent" "this" {
  agent_name              = "x"
  agent_resource_role_arn = var.x
}
""",
        }
    )
    assert len(found.workloads) == 2
    assert {b.certainty for w in found.workloads for b in w.bindings} == {"unresolved"}


def test_modules_that_call_themselves_end(scan: Scan) -> None:
    found = scan(
        {
            "main.tf": 'module "a" { source = "./m" }',
            "m/main.tf": 'module "a" { source = "." }\nmodule "b" { source = "../m" }\n' + GOOD,
        }
    )
    assert found.gaps
    assert len(found.sources) >= 2


@pytest.mark.parametrize(
    "expression",
    [
        "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]]",
        "[for a in setproduct(range(300), range(300)) : [for b in range(1000) : b]]",
        "flatten([for a in range(1000) : [for b in range(1000) : [for c in range(100) : c]]])",
        'join("", [for a in range(1000) : join("", [for b in range(1000) : "xxxxxxxxxxxxxxxxxxxx"])])',
    ],
)
def test_loops_in_loops_are_bounded(expression: str) -> None:
    found = read(f'resource "aws_iam_role" "r" {{\n name = jsonencode({expression})\n}}\n')
    assert {gap.code for gap in found.gaps} <= {"unreadable_file", "unreadable_policy"}


def test_texts_and_lists_that_double_are_bounded() -> None:
    doubling = "".join(f'l{n} = "${{local.l{n - 1}}}${{local.l{n - 1}}}"\n' for n in range(1, 60))
    lists = "".join(f"m{n} = concat(local.m{n - 1}, local.m{n - 1})\n" for n in range(1, 60))
    numbers = "".join(f"n{n} = local.n{n - 1} * local.n{n - 1}\n" for n in range(1, 60))
    text = f'locals {{\n l0 = "xxxxxxxx"\n m0 = [1]\n n0 = 99999\n{doubling}{lists}{numbers}}}\n'
    found = read(
        text + 'resource "aws_iam_role" "r" {\n name = local.l59\n path = jsonencode(local.m59)\n x = local.n59\n}\n'
    )
    assert [role.id for role in found.roles] == [".#aws_iam_role.r"]


@pytest.mark.parametrize("count", ["1000000000", "-1", '"x"', "1.5", "null", "[]"])
def test_counts_that_make_no_sense_are_a_gap(count: str) -> None:
    found = read(f'resource "aws_iam_role" "r" {{\n count = {count}\n}}\n' + GOOD)
    assert found.gaps


def test_a_policy_of_ten_megabytes_is_read_or_a_gap(scan: Scan) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + "x" * 1000}
    policy = json.dumps({"Statement": [statement] * 10_000})
    found = scan(
        {
            "main.tf": GOOD
            + 'resource "aws_iam_role_policy" "p" {\n role = aws_iam_role.good.id\n policy = file("big.json")\n}\n',
            "big.json": policy,
        }
    )
    assert ("unreadable_policy", "infra#aws_iam_role.good", ("policies",)) in [
        (gap.code, gap.subject, gap.facts) for gap in found.gaps
    ]


def test_links_in_a_circle_do_not_end_a_scan(scan: Scan, tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra/a").symlink_to(tmp_path / "infra")
    (tmp_path / "infra/b").symlink_to(tmp_path / "infra/b")
    found = scan({"main.tf": GOOD + 'locals { x = fileset(".", "**") }\n'})
    assert [w.name for w in found.workloads] == ["good"]


@pytest.mark.parametrize("junk", [None, 7, "x", [], {}, [[{}]], True, "${", "${a", "%{ if"])
def test_wrong_types_in_the_json_syntax_are_never_an_exception(junk: Any) -> None:
    whole = {
        "resource": {"aws_iam_role": {"r": {"name": "r", "dynamic": {"x": {"for_each": [1], "content": {"a": 1}}}}}},
        "locals": {"a": 1},
        "variable": {"v": {"default": 1}},
        "module": {"m": {"source": "./m"}},
        "provider": {"aws": {"region": "x"}},
        "output": {"o": {"value": 1}},
    }

    def spoilt(value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [{**value, key: other} for key, inner in value.items() for other in [junk, *spoilt(inner)]]
        return []

    for document in spoilt(whole):
        SOURCE.read([SourceFile("main.tf.json", json.dumps(document).encode())])


def test_names_that_look_like_code_are_kept_as_text(scan: Scan) -> None:
    found = scan('resource "aws_iam_role" "r" { name = "${"$"}{jsonencode(1)}; rm -rf /" }\n')
    assert found.roles[0].name == "${jsonencode(1)}; rm -rf /"


WORDS = st.sampled_from(
    ['"', "${", "}", "%{", "{", "[", "]", "(", ")", "=", "\n", "<<E\n", "E\n", "a", ".b", "[0]", "for", "in", ":", "?",
     "if", "else", "var.x", "local.y", "each.key", "aws_iam_role.r.arn", "1", "-", "!", "==", "&&", "...", "=>", ",",
     "resource", '"aws_iam_role"', '"r"', "locals", "module", "dynamic", "for_each", "jsonencode", "#", "/*", "*/",
     "\\"]
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.text(max_size=300), st.lists(WORDS, max_size=80).map(" ".join), st.lists(WORDS, max_size=80).map("".join)
    )
)
def test_any_text_is_parsed_or_refused(text: str) -> None:
    for parser in (lambda: parse(text.encode(errors="surrogatepass"), "x.tf"), lambda: parse_template(text, "x", 1)):
        try:
            parser()
        except (InputError, UnicodeEncodeError):
            continue


NAMES = st.sampled_from(
    ["a", "b", "aws_iam_role.r", "var.u", "local.x", "each.value", "count.index", "data.x.y", "path.module"]
)
EXPRESSIONS = st.recursive(
    st.one_of(NAMES, st.integers(-5, 99).map(str), st.sampled_from(['"t"', '"${var.u}"', "true", "null", "[]", "{}"])),
    lambda inner: st.one_of(
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} ? {p[1]} : {p[2]})"),
        st.tuples(inner, st.sampled_from(["==", "+", "&&", "<", "%"]), inner).map(" ".join).map(lambda t: f"({t})"),
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.tuples(inner, inner).map(lambda p: f"{{ k = {p[0]}, (\"l\") = {p[1]} }}"),
        st.tuples(inner, inner).map(lambda p: f"[for v in {p[0]} : {p[1]}]"),
        st.tuples(inner, inner).map(lambda p: f"{{ for k, v in {p[0]} : k => {p[1]}... }}"),
        st.tuples(inner, st.sampled_from([".a", "[0]", "[*].b", '["k"]', ".*.c"])).map(lambda p: f"({p[0]}){p[1]}"),
        st.tuples(
            st.sampled_from(
                ["jsonencode", "merge", "concat", "lookup", "flatten", "try", "can", "format", "join", "toset", "keys",
                 "element", "coalesce", "zipmap", "setproduct", "replace", "split", "upper", "length", "jsondecode",
                 "templatefile", "file", "fileset", "yamldecode", "slice", "distinct", "contains", "values", "one",
                 "sum"]
            ),
            st.lists(inner, max_size=3),
        ).map(lambda p: f"{p[0]}({', '.join(p[1])})"),
        inner.map(lambda text: f'"x${{{text}}}y"'),
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    EXPRESSIONS, EXPRESSIONS, st.sampled_from(["", "count = 2\n", 'for_each = toset(["a"])\n', "for_each = var.u\n"])
)
def test_any_expression_gives_an_inventory(one: str, two: str, many: str) -> None:
    text = f"""
variable "u" {{}}
locals {{
  x = {one}
}}
resource "aws_iam_role" "r" {{
  {many}name               = {two}
  assume_role_policy = {one}
  tags               = {two}
}}
resource "aws_bedrockagent_agent" "a" {{
  agent_name              = {one}
  agent_resource_role_arn = {two}
  dynamic "guardrail_configuration" {{
    for_each = {one}
    content {{
      guardrail_identifier = guardrail_configuration.value
    }}
  }}
}}
"""
    found = read(text)
    assert [w.id for w in found.workloads] == [".#aws_bedrockagent_agent.a"] or found.gaps
    assert holders(found) or found.workloads or found.gaps
