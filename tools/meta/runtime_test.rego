package runtime_meta_test

import data.meta

annotations := {
	"scope": "package",
	"title": "A title",
	"description": "What is wrong, and why.",
	"schemas": [{"path": [{"value": "input"}], "schema": [{"value": "schema"}, {"value": "call_input"}]}],
	"custom": {"category": "proof", "remediation": "Mend it.", "controls": {"owasp-nhi-2025": ["NHI9"]}},
}

framework := {"title": "NHI", "url": "https://example.org", "controls": {"NHI9": "NHI Reuse"}}

denied(notes, namespaces) := messages if {
	inspected := {
		"annotations": [{
			"path": [{"value": part} | some part in ["data", "segrego", "runtime_rules", "a_rule"]],
			"annotations": notes,
		}],
		"namespaces": namespaces,
	}
	messages := meta.deny with input as inspected
		with data.segrego.frameworks as {"owasp-nhi-2025": framework}
}

files := {
	"data.segrego.runtime_rules.a_rule": ["rego/segrego/runtime_rules/a_rule.rego"],
	"data.segrego.runtime_rules.a_rule_test": ["rego/segrego/runtime_rules/a_rule_test.rego"],
}

changed(changes) := object.union(object.remove(annotations, object.keys(changes)), changes)

custom(changes) := {"custom": object.union(object.remove(annotations.custom, object.keys(changes)), changes)}

# What is said whatever the runtime rules are like.
always := {"no rules at all: is the path right?"}

test_a_rule_as_it_should_be if denied(annotations, files) == always

test_what_is_wrong_is_named if {
	every pair in [
		[{"title": ""}, "title is missing or empty"],
		[{"description": " "}, "description is missing or empty"],
		[{"schemas": []}, "the schema of the call is not named"],
		[custom({"remediation": ""}), "custom.remediation is missing or empty"],
		[custom({"controls": {}}), "custom.controls is missing or empty"],
		[custom({"category": "misc"}), "category misc is not known"],
		[
			custom({"controls": {"owasp-nhi-2025": ["NHI99"]}}),
			"control NHI99 is not in frameworks/data.yaml under owasp-nhi-2025",
		],
	] {
		concat(": ", ["a_rule", pair[1]]) in denied(changed(pair[0]), files)
	}
}

test_a_file_without_annotations if {
	messages := denied(object.union(annotations, {"scope": "rule"}), files)
	messages == always | {"a_rule: the package carries no METADATA"}
}

test_a_rule_without_tests if {
	messages := denied(annotations, object.remove(files, ["data.segrego.runtime_rules.a_rule_test"]))
	messages == always | {"a_rule: no tests in package segrego.runtime_rules.a_rule_test"}
}
