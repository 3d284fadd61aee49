package segrego.rules.class_not_equivalent_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.class_not_equivalent as rule

found(a, b, extra) := findings if {
	findings := rule.deny with input as fixtures.inventory(object.union(
		{
			"workloads": [fixtures.agent("a", a), fixtures.agent("b", b)],
			"agent_classes": [fixtures.agent_class("twins", ["a", "b"], {})],
		},
		extra,
	))
}

test_members_that_differ_are_named_with_their_difference if {
	some finding in found(
		{"uses": [fixtures.use("model", "nova"), fixtures.use("guardrail", "g1")]},
		{"uses": [fixtures.use("model", "nova"), fixtures.use("guardrail", "g2")]},
		{},
	)
	finding.subject == "agent class twins"
	finding.severity == "medium"
	finding.related == ["a", "b"]
	finding.evidence.class == "twins"
	finding.evidence.aspects == ["guardrail"]
	finding.evidence.differences == [{
		"aspect": "guardrail",
		"members": [{"id": "a", "values": ["g1"]}, {"id": "b", "values": ["g2"]}],
	}]
}

test_a_wall_between_members_is_worse if {
	some finding in found({"environment": fixtures.label("test")}, {"environment": fixtures.label("production")}, {})
	finding.severity == "high"
	finding.evidence.aspects == ["environment"]
}

apart(a, b, parts) := findings[0].severity if {
	findings := [finding | some finding in found(a, b, parts)]
	count(findings) == 1
}

test_every_wall_is_worse if {
	money := {"domains": [fixtures.label("money")]}
	apart({"account": "111122223333"}, {"account": "444455556666"}, {}) == "high"
	apart(money, {}, {}) == "high"
	payroll := fixtures.resource("payroll", "s3_bucket", {"sensitivity": fixtures.label("restricted")})
	apart({"uses": [fixtures.use("data", "payroll")]}, {}, {"resources": [payroll]}) == "high"
	reading := {"roles": [fixtures.role("r", [fixtures.agent("a", {})], {"policies": ["p"]})], "policies": [fixtures.policy("p", [
		fixtures.allow(["s3:getobject"], ["*"]),
	])]}
	apart(fixtures.holds("r"), {}, reading) == "high"
}

test_equal_members if count(found({}, {}, {})) == 0

test_a_class_of_one_or_none_does_not_differ if {
	count(found({}, {"purpose": fixtures.label("other")}, {"agent_classes": [
		fixtures.agent_class("one", ["a"], {}),
		fixtures.agent_class("none", [], {}),
	]})) == 0
}
