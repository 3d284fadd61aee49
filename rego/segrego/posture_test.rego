package segrego.posture_test

import data.segrego.fixtures_test as fixtures
import data.segrego.posture

on(name, role) := fixtures.agent(name, {"bindings": [{
	"role": role,
	"slot": "draft",
	"version": null,
	"via": [],
	"certainty": "exact",
}]})

sharing := [on(name, "shared") | some name in ["orders", "billing"]]

agents := [on(name, name) | some name in ["orders", "billing"]]

shared := {"workloads": sharing, "roles": [fixtures.role("shared", sharing, {})]}

clean := {"workloads": agents, "roles": [fixtures.role(agent.id, [agent], {}) | some agent in agents]}

report(parts) := found if {
	found := posture.report with input as fixtures.inventory(parts)
}

settings(extra) := {"settings": fixtures.settings(extra)}

gap := {
	"code": "access_denied",
	"subject": "orders",
	"facts": ["trust"],
	"message": "iam:GetRole was denied",
	"location": null,
}

test_a_finding_fails if {
	found := report(shared)
	found.verdict == "fail"
	some finding in found.findings
	finding.rule == "shared_execution_role"
	finding.title == "Agents share an execution role"
	finding.category == "isolation"
	finding.status == "open"
	finding.subject == "shared"
	finding.subject_id == "shared"
	finding.subject_kind == "role"
	finding.remediation != ""
	"NHI9" in finding.controls["owasp-nhi-2025"]
	[location.address | some location in finding.locations] == ["shared", "billing", "orders"]
}

test_nothing_to_say_passes if {
	report(clean).verdict == "pass"
	report(clean).findings == set()
}

test_a_gap_is_indeterminate if {
	found := report(object.union(clean, {"gaps": [gap]}))
	found.verdict == "indeterminate"
	some reported in found.gaps
	"trust_not_pinned" in reported.rules
	not "shared_execution_role" in reported.rules
	reported.message == gap.message
}

test_a_finding_outweighs_a_gap if report(object.union(shared, {"gaps": [gap]})).verdict == "fail"

test_a_gap_that_blinds_no_selected_rule_passes if {
	parts := object.union(object.union(clean, {"gaps": [gap]}), settings({"select": ["shared_execution_role"]}))
	report(parts).verdict == "pass"
}

test_nothing_at_all_is_indeterminate if {
	report({}).verdict == "indeterminate"
	posture.report.verdict == "indeterminate" with input as {}
	posture.report.verdict == "indeterminate" with input as null
}

test_no_catalog_is_no_pass if {
	found := posture.report with input as fixtures.inventory(clean) with data.segrego.catalog as {}
	found.verdict == "indeterminate"
}

test_a_finding_without_a_catalog_entry_is_critical if {
	found := posture.report with input as fixtures.inventory(shared) with data.segrego.catalog as {"rules": {"other": {}}}
	found.verdict == "fail"
	"unknown" in {finding.category | some finding in found.findings}
}

test_a_finding_that_says_nothing_still_comes_out if {
	found := posture.report with input as fixtures.inventory(clean) with data.segrego.rules as {"broken": {"deny": {{}}}}
	some finding in found.findings
	finding.severity == "critical"
	finding.subject == "inventory"
	finding.subject_kind == "inventory"
	finding.title == "broken"
	finding.locations == []
	found.verdict == "fail"
}

test_below_the_threshold_passes if {
	report(object.union(shared, settings({"fail_on": "critical"}))).verdict == "pass"
}

test_an_unknown_threshold_fails_on_anything if {
	parts := object.union(shared, settings({"fail_on": "never"}))
	some finding in report(parts).findings
	finding.severity == "medium"
	posture.fail_on == "info" with input as {}
}

test_severities_can_be_overridden if {
	override := settings({"severities": [{"rule": "shared_execution_role", "severity": "info"}]})
	some finding in report(object.union(shared, override)).findings
	finding.severity == "info"
	report(object.union(shared, override)).verdict == "pass"
}

test_an_unknown_severity_is_the_worst if {
	override := {"severities": [{"rule": "shared_execution_role", "severity": "odd"}], "fail_on": "critical"}
	report(object.union(shared, settings(override))).verdict == "fail"
}

test_rules_can_be_ignored_or_selected if {
	ignoring := report(object.union(shared, settings({"ignore": ["shared_execution_role"]}))).findings
	not "shared_execution_role" in {finding.rule | some finding in ignoring}
	count(report(object.union(shared, settings({"select": ["trust_not_pinned"]}))).findings) == 0
	count(report(object.union(shared, settings({"select": ["shared_execution_role"]}))).findings) == 1
	report(object.union(shared, settings({"select": ["shared_execution_role"]}))).summary.rules == 1
}

exception(extra) := {"exceptions": [object.union(
	{
		"rule": "shared_execution_role",
		"subject": "shared",
		"reason": "migration",
		"owner": "alice",
		"expires_at_ns": 2000,
	},
	extra,
)]}

test_an_exception_stands_until_it_expires if {
	found := report(object.union(shared, exception({})))
	found.verdict == "pass"
	found.summary.excepted == 1
	some finding in found.findings
	finding.status == "excepted"
	every extra in [{"expires_at_ns": 1000}, {"rule": "trust_not_pinned"}, {"subject": "other"}] {
		report(object.union(shared, exception(extra))).verdict == "fail"
	}
	report(object.union(object.union(shared, exception({})), {"evaluated_at_ns": null})).verdict == "fail"
}

test_subjects_of_every_kind_are_located if {
	denies := {{"subject": name} | some name in ["orders", "tool", "key", "here", "agent class twins", "arn:elsewhere"]}
	parts := object.union(clean, {
		"roles": [],
		"tools": [fixtures.tool("tool", "orders", "function")],
		"credentials": [fixtures.credential("key", "api_key", {})],
		"telemetry": [fixtures.telemetry("here", {"location": fixtures.place("here", 1)})],
		"agent_classes": [fixtures.agent_class("twins", [], {"location": fixtures.place("twins", 3)})],
	})
	found := posture.report with input as fixtures.inventory(parts) with data.segrego.rules as {"any": {"deny": denies}}
	{[finding.subject, finding.subject_kind, count(finding.locations)] | some finding in found.findings} == {
		["orders", "workload", 1],
		["tool", "tool", 1],
		["twins", "agent_class", 1],
		["key", "credential", 1],
		["here", "inventory", 1],
		["arn:elsewhere", "inventory", 0],
	}
}

# Rules whose findings and labels the summaries below know.
labelled := settings({"select": [
	"agent_without_owner",
	"role_shared_across_data_domains",
	"role_shared_across_environments",
	"shared_execution_role",
]})

test_summary if {
	summary := report(object.union(object.union(shared, labelled), {"gaps": [gap]})).summary
	summary.workloads == {"bedrock_agent": 2}
	summary.agents == 2
	summary.roles == 1
	summary.shared_roles == 1
	summary.findings == {"critical": 0, "high": 0, "medium": 1, "low": 0, "info": 0}
	summary.gaps == 1
	summary.rules == count(data.segrego.catalog.rules)
	every rule in ["data_path_shared_across_environments", "role_shared_across_data_domains", "role_shared_across_environments"] {
		rule in summary.rules_without_facts
	}
	not "shared_execution_role" in summary.rules_without_facts
}

without_facts(parts) := report(object.union(parts, labelled)).summary.rules_without_facts

test_known_labels_give_rules_something_to_judge if {
	known := {"environment": fixtures.label("test"), "domains": [fixtures.label("hr")], "owner": fixtures.label("team")}
	without_facts({"workloads": [fixtures.agent("a", known)]}) == []
	bucket := {"id": "b", "arn": null, "domains": [fixtures.label("hr")]}
	without := report(object.union(clean, {"resources": [bucket]})).summary.rules_without_facts
	"role_shared_across_environments" in without
	not "role_shared_across_data_domains" in without
	not "data_path_shared_across_environments" in without # one of the labels it lives on is known
}

test_the_revision_is_the_policys_own if {
	posture.revision == "abc" with data.segrego.policy as {"revision": "abc"}
	posture.revision == "unknown" with data.segrego.policy as {}
}
