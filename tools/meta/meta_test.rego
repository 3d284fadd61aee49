package meta_test

import data.meta

annotations := {
	"scope": "package",
	"title": "A title",
	"description": "What is wrong, and why.",
	"schemas": [{"path": [{"value": "input"}], "schema": [{"value": "schema"}, {"value": "input"}]}],
	"custom": {
		"headline": "{subject} is wrong",
		"severity": "high",
		"category": "isolation",
		"requires": ["trust"],
		"remediation": "Mend it.",
		"example": "Role: {}",
		"controls": {"owasp-nhi-2025": ["NHI9"]},
	},
}

rule(slug, notes) := {
	"path": [{"value": part} | some part in ["data", "segrego", "rules", slug]],
	"annotations": notes,
}

namespaces(slugs) := object.union(
	{sprintf("data.segrego.rules.%s", [slug]): [sprintf("rego/segrego/rules/%s.rego", [slug])] | some slug in slugs},
	{sprintf("data.segrego.rules.%s_test", [slug]): ["x_test.rego"] | some slug in slugs},
)

framework := {"title": "Non-human identities", "url": "https://example.org", "controls": {"NHI9": "NHI Reuse"}}

denied(inspected) := denied_under(inspected, framework)

denied_under(inspected, nhi) := messages if {
	schema := {"$defs": {"Gap": {"properties": {"facts": {"items": {"enum": ["trust"]}}}}}}
	frameworks := {"owasp-nhi-2025": nhi}
	messages := meta.deny with input as inspected with data.schema as schema with data.segrego.frameworks as frameworks
}

inspected(changes) := {
	"annotations": [rule("a_rule", replaced(annotations, changes))],
	"namespaces": namespaces(["a_rule"]),
}

custom(changes) := {"custom": replaced(annotations.custom, changes)}

replaced(whole, changes) := object.union(object.remove(whole, object.keys(changes)), changes)

says(changes, message) if sprintf("a_rule: %s", [message]) in denied(inspected(changes))

test_a_rule_as_it_should_be if count(denied(inspected({}))) == 0

test_what_is_wrong_is_named if {
	every pair in [
		[{"title": ""}, "title is missing or empty"],
		[{"description": " "}, "description is missing or empty"],
		[{"title": "A title."}, "the title is a sentence without its full stop"],
		[{"schemas": []}, "the schema of the input is not named"],
		[custom({"requires": []}), "custom.requires is missing or empty"],
		[custom({"example": ""}), "custom.example is missing or empty"],
		[custom({"controls": {}}), "custom.controls is missing or empty"],
		[custom({"sverity": "high"}), "custom.sverity is not a field that rules have"],
		[custom({"severity": "severe"}), "severity severe is not known"],
		[custom({"category": "misc"}), "category misc is not known"],
		[custom({"requires": ["weather"]}), "requires weather, which the inventory does not have"],
		[
			custom({"controls": {"owasp-nhi-2025": ["NHI99"]}}),
			"control NHI99 is not in frameworks/data.yaml under owasp-nhi-2025",
		],
	] {
		says(pair[0], pair[1])
	}
}

test_a_framework_without_a_source if {
	denied_under(inspected({}), object.remove(framework, ["url"])) == {"framework owasp-nhi-2025: url is missing or empty"}
	denied_under(inspected({}), object.union(framework, {"title": ""})) == {
		"framework owasp-nhi-2025: title is missing or empty",
	}
}

test_a_rule_over_declarations_needs_no_facts if {
	count(denied(inspected(custom({"category": "exceptions", "requires": []})))) == 0
	says({"custom": object.remove(annotations.custom, ["requires"])}, "custom.requires is missing or empty")
}

test_a_file_without_annotations if {
	denied({"annotations": [], "namespaces": namespaces(["a_rule"])}) == {
		"a_rule: the package carries no METADATA",
		"no rules at all: is the path right?",
	}
}

test_a_package_in_another_file if {
	files := object.union(namespaces(["a_rule"]), {"data.segrego.rules.a_rule": ["rego/segrego/rules/other.rego"]})
	messages := denied({"annotations": [rule("a_rule", annotations)], "namespaces": files})
	"a_rule: no file rules/a_rule.rego holds this package" in messages
}

test_a_rule_without_tests if {
	files := object.remove(namespaces(["a_rule"]), ["data.segrego.rules.a_rule_test"])
	messages := denied({"annotations": [rule("a_rule", annotations)], "namespaces": files})
	messages == {"a_rule: no tests in package segrego.rules.a_rule_test"}
}

test_an_odd_slug if {
	messages := denied({"annotations": [rule("Rule", annotations)], "namespaces": namespaces(["Rule"])})
	messages == {"Rule: a slug is lower-case words joined by underscores"}
}

test_two_rules_of_one_title if {
	messages := denied({
		"annotations": [rule("a_rule", annotations), rule("b_rule", annotations)],
		"namespaces": namespaces(["a_rule", "b_rule"]),
	})
	messages == {`a_rule: the title "A title" is also that of b_rule`}
}
