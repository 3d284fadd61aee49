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

# Of a few rules alone, so that these tests stay true whatever other rules there are, a user's own among them.
report(parts) := found if {
	found := posture.report with input as fixtures.inventory(parts)
		with data.segrego.rules as denials(fixtures.inventory(parts))
		with data.segrego.catalog as catalog
}

denials(document) := {
	"shared_execution_role": {"deny": shared_execution_role},
	"exception_expired": {"deny": exception_expired},
} if {
	shared_execution_role := data.segrego.rules.shared_execution_role.deny with input as document
	exception_expired := data.segrego.rules.exception_expired.deny with input as document
}

catalog := {"rules": object.filter(data.segrego.catalog.rules, [
	"exception_expired",
	"role_shared_across_data_domains",
	"role_shared_across_environments",
	"shared_execution_role",
	"trust_not_pinned",
])}

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
	report(clean).findings == []
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
	found := posture.report with input as fixtures.inventory(clean)
		with data.segrego.rules as denials(fixtures.inventory(clean))
		with data.segrego.catalog as {}
	found.verdict == "indeterminate"
}

test_a_finding_without_a_catalog_entry_is_critical if {
	found := posture.report with input as fixtures.inventory(shared)
		with data.segrego.rules as denials(fixtures.inventory(shared))
		with data.segrego.catalog as {"rules": {"other": {}}}
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

held(parts) := [finding.exception | some finding in report(object.union(shared, parts)).findings]

test_the_exception_that_holds_is_shown if {
	held({}) == [null]
	held(exception({})) == [{"reason": "migration", "owner": "alice", "expires_at_ns": 2000}]
}

test_of_two_exceptions_the_one_that_ends_last_is_shown if {
	role := fixtures.role("stack.yaml#Shared", agents, {"location": fixtures.place("Shared", 3)})
	two := [
		exception({"subject": "Shared"}).exceptions[0],
		exception({"subject": "stack.yaml#Shared", "expires_at_ns": 3000}).exceptions[0],
	]
	found := report({"workloads": agents, "roles": [role], "exceptions": two})
	[finding.exception.expires_at_ns | some finding in found.findings] == [3000]
	found.warnings == set()
}

test_an_exception_may_name_the_id_or_the_address if {
	role := fixtures.role("stack.yaml#Shared", agents, {"location": fixtures.place("Shared", 3)})
	every subject in ["stack.yaml#Shared", "Shared"] {
		parts := object.union({"workloads": agents, "roles": [role]}, exception({"subject": subject}))
		report(parts).summary.excepted == 1
		report(parts).warnings == set()
	}
}

codes(parts) := {warning.code | some warning in report(parts).warnings}

test_an_exception_that_matches_nothing_is_a_warning if {
	place := fixtures.place("segrego.yaml", 7)
	parts := object.union(clean, exception({"location": place}))
	report(parts).warnings == {{
		"code": "unused_exception",
		"message": "the exception of shared_execution_role for shared matches no finding",
		"location": place,
	}}
	report(parts).verdict == "pass"
	codes(object.union(shared, exception({}))) == set()
}

test_an_exception_is_no_warning_while_nobody_can_tell if {
	not_run := settings({"ignore": ["shared_execution_role"]})
	codes(object.union(object.union(clean, exception({})), not_run)) == set()
	codes(object.union(clean, exception({"expires_at_ns": 1000}))) == set()
	codes(object.union(object.union(clean, exception({})), {"evaluated_at_ns": null})) == set()
}

test_an_ended_exception_is_a_finding_where_it_stands if {
	place := fixtures.place("segrego.yaml", 7)
	found := report(object.union(clean, exception({"expires_at_ns": 500, "location": place})))
	some finding in found.findings
	finding.rule == "exception_expired"
	finding.subject == "segrego.yaml"
	finding.subject_id == "shared_execution_role on shared"
	finding.subject_kind == "exception"
	finding.locations == [place]
	found.verdict == "fail"
}

test_a_rule_that_there_is_not_is_a_warning if {
	every parts in [
		settings({"ignore": ["odd"]}),
		settings({"select": ["odd", "trust_not_pinned"]}),
		settings({"severities": [{"rule": "odd", "severity": "low"}]}),
		exception({"rule": "odd"}),
	] {
		some warning in report(object.union(clean, parts)).warnings
		warning.code == "unknown_rule"
		contains(warning.message, " odd,")
	}
}

test_no_rule_at_all_is_no_pass if {
	report(object.union(clean, settings({"select": ["odd"]}))).verdict == "indeterminate"
	report(object.union(clean, settings({"select": ["trust_not_pinned"]}))).verdict == "pass"
}

test_the_rules_that_judged_are_listed if {
	report(clean).rules == sort(object.keys(catalog.rules))
	report(object.union(clean, settings({"select": ["trust_not_pinned"]}))).rules == ["trust_not_pinned"]
}

own := {"title": "Ours", "severity": "low", "requires": ["trust"]}

test_rules_of_the_users_own_join if {
	joined := {"revision": "def", "rules": {"own_rule": own, "shared_execution_role": own}}
	denies := {"own_rule": {"deny": {{"subject": "orders"}}}}
	parts := object.union(clean, {"gaps": [gap]})
	found := posture.report with input as fixtures.inventory(parts)
		with data.segrego.user_catalog as joined
		with data.segrego.catalog as catalog
		with data.segrego.rules as denies
	"own_rule" in found.rules
	found.policy.user_revision == "def"
	[[finding.title, finding.severity] | some finding in found.findings] == [["Ours", "low"]]
	some reported in found.gaps
	reported.rules == ["own_rule", "trust_not_pinned"]
	report(clean).policy.user_revision == null
}

test_rules_of_the_users_own_replace_none_of_ours if {
	joined := {"rules": {"shared_execution_role": own}}
	denies := denials(fixtures.inventory(shared))
	found := posture.report with input as fixtures.inventory(shared)
		with data.segrego.user_catalog as joined
		with data.segrego.rules as denies
	[finding.title | some finding in found.findings] == ["Agents share an execution role"]
	alone := posture.report with input as fixtures.inventory(clean)
		with data.segrego.user_catalog as joined
		with data.segrego.rules as {}
		with data.segrego.catalog as {}
	alone.verdict == "indeterminate"
}

test_whatever_a_rule_says_is_heard if {
	denies := {"a text", {"subject": "orders", "related": "billing"}, {"subject": "orders", "related": {"billing"}}}
	found := posture.report with input as fixtures.inventory(clean) with data.segrego.rules as {"odd": {"deny": denies}}
	{[finding.subject, count(finding.locations)] | some finding in found.findings} == {["inventory", 0], ["orders", 1]}
}

test_subjects_of_every_kind_are_located if {
	names := ["orders", "tool", "policy", "bucket", "key", "111122223333", "111122223333/us-east-1", "agent class twins", "arn:elsewhere"]
	denies := {{"subject": name} | some name in names}
	place := fixtures.place(null, 5)
	parts := object.union(clean, {
		"roles": [],
		"tools": [fixtures.tool("tool", "orders", "function")],
		"policies": [fixtures.policy("policy", [])],
		"resources": [{"id": "bucket", "arn": null, "domains": [], "location": place}],
		"credentials": [{"id": "key", "location": place}],
		"accounts": [{"id": "111122223333"}],
		"telemetry": [{"id": "111122223333/us-east-1", "location": null}],
		"agent_classes": [fixtures.agent_class("twins", [], {"location": fixtures.place("twins", 3)})],
	})
	found := posture.report with input as fixtures.inventory(parts) with data.segrego.rules as {"any": {"deny": denies}}
	{[finding.subject, finding.subject_kind, count(finding.locations)] | some finding in found.findings} == {
		["orders", "workload", 1],
		["tool", "tool", 1],
		["policy", "policy", 1],
		["bucket", "resource", 1],
		["key", "credential", 1],
		["111122223333", "account", 0],
		["111122223333/us-east-1", "telemetry", 0],
		["twins", "agent_class", 1],
		["arn:elsewhere", "inventory", 0],
	}
}

test_summary if {
	summary := report(object.union(shared, {"gaps": [gap]})).summary
	summary.workloads == {"bedrock_agent": 2}
	summary.agents == 2
	summary.roles == 1
	summary.shared_roles == 1
	summary.findings == {"critical": 0, "high": 0, "medium": 1, "low": 0, "info": 0}
	summary.gaps == 1
	summary.rules == count(catalog.rules)
	summary.rules_without_facts == ["role_shared_across_data_domains", "role_shared_across_environments"]
}

test_known_labels_give_rules_something_to_judge if {
	known := {"environment": fixtures.label("test"), "domains": [fixtures.label("hr")], "owner": fixtures.label("team")}
	report({"workloads": [fixtures.agent("a", known)]}).summary.rules_without_facts == []
	bucket := {"id": "b", "arn": null, "domains": [fixtures.label("hr")]}
	without := report(object.union(clean, {"resources": [bucket]})).summary.rules_without_facts
	unlabelled := {"id": "b", "arn": null, "domains": []}
	still := report(object.union(clean, {"resources": [unlabelled]})).summary.rules_without_facts
	"role_shared_across_data_domains" in still
	"role_shared_across_environments" in without
	not "role_shared_across_data_domains" in without
}

test_the_revision_is_the_policys_own if {
	posture.revision == "abc" with data.segrego.policy as {"revision": "abc"}
	posture.revision == "unknown" with data.segrego.policy as {}
}

test_a_rule_that_says_nothing_is_filled_in if {
	found := posture.report with input as fixtures.inventory(clean) with data.segrego.rules as {"broken": {"deny": {{}}}}
	found.version == 1
	found.findings == [{
		"rule": "broken",
		"title": "broken",
		"message": "{subject}",
		"category": "unknown",
		"severity": "critical",
		"status": "open",
		"exception": null,
		"subject": "inventory",
		"subject_id": "inventory",
		"subject_kind": "inventory",
		"evidence": {},
		"locations": [],
		"remediation": "",
		"controls": {},
	}]
}

entry := {
	"title": "A title",
	"headline": "{subject} is odd",
	"category": "isolation",
	"severity": "low",
	"requires": ["owners"],
	"remediation": "Mend it.",
	"controls": {"owasp-nhi-2025": ["NHI9"]},
}

# The report of one rule of the given catalog entry.
of_rule(parts, denies, rule) := found if {
	found := posture.report with input as fixtures.inventory(object.union(clean, parts))
		with data.segrego.rules as {"odd": {"deny": denies}}
		with data.segrego.catalog as {"rules": {"odd": rule}}
}

test_what_the_catalog_says_of_a_rule_is_joined if {
	some finding in of_rule({}, {{"subject": "orders", "evidence": {"n": 1}, "severity": "high"}}, entry).findings
	object.remove(finding, ["locations"]) == {
		"rule": "odd",
		"title": "A title",
		"message": "{subject} is odd",
		"category": "isolation",
		"severity": "high",
		"status": "open",
		"exception": null,
		"subject": "orders",
		"subject_id": "orders",
		"subject_kind": "role",
		"evidence": {"n": 1},
		"remediation": "Mend it.",
		"controls": {"owasp-nhi-2025": ["NHI9"]},
	}
}

test_a_rule_on_owners_has_nothing_to_judge_without_any if {
	of_rule({}, set(), entry).summary.rules_without_facts == ["odd"]
	owned := {"workloads": [fixtures.agent("a", {"owner": fixtures.label("team")})]}
	of_rule(owned, set(), entry).summary.rules_without_facts == []
	labelled := {"workloads": [fixtures.agent("a", {"environment": fixtures.label("test"), "domains": [fixtures.label("hr")]})]}
	of_rule(labelled, set(), entry).summary.rules_without_facts == ["odd"]
}

test_a_finding_fails_from_its_severity_on if {
	order := ["critical", "high", "medium", "low", "info"]
	every rank, severity in order {
		every limit, threshold in order {
			found := of_rule(settings({"fail_on": threshold}), {{"subject": "orders", "severity": severity}}, entry)
			found.verdict == {true: "fail", false: "pass"}[rank <= limit]
			found.fail_on == threshold
			found.summary.findings[severity] == 1
		}
	}
}

test_warnings_say_what_is_not_there if {
	place := fixtures.place("segrego.yaml", 7)
	said := {"code": "unknown_rule", "message": "the configuration names a rule odd, and there is none of that name", "location": null}
	report(object.union(clean, settings({"ignore": ["odd"]}))).warnings == {said}
	report(object.union(clean, exception({"rule": "odd", "location": place}))).warnings == {{
		"code": "unknown_rule",
		"message": "an exception names a rule odd, and there is none of that name",
		"location": place,
	}}
}

test_one_workload_is_enough_to_judge if {
	report({"workloads": [agents[0]], "roles": [clean.roles[0]]}).verdict == "pass"
}

test_workloads_of_another_form_are_none if {
	report({"workloads": {"orders": agents[0]}}).verdict == "indeterminate"
}

test_the_summary_counts_each_for_itself if {
	function := fixtures.workload("function", "lambda_function", {})
	alone := fixtures.agent("alone", {})
	exceptions := {"exceptions": [object.union(exception({}).exceptions[0], {"subject": "excepted"})]}
	summary := report(object.union(exceptions, {
		"workloads": array.concat(sharing, [function, alone]),
		"roles": [
			fixtures.role("shared", sharing, {}),
			fixtures.role("excepted", sharing, {}),
			fixtures.role("one", [alone], {}),
			fixtures.role("none", [], {}),
		],
	})).summary
	summary.workloads == {"bedrock_agent": 3, "lambda_function": 1}
	summary.agents == 3
	summary.roles == 3
	summary.shared_roles == 2
	summary.findings.medium == 1
	summary.excepted == 1
}
