package segrego.rules.agent_session_too_long_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.agent_session_too_long as rule

found(kind, extra) := findings if {
	findings := rule.deny with input as fixtures.inventory({"workloads": [fixtures.workload("w", kind, extra)]})
}

test_too_long_idle if {
	some finding in found("bedrock_agent", {"idle_timeout_seconds": 3601})
	finding.subject == "w"
	finding.evidence == {
		"reasons": ["idle_timeout"],
		"idle_timeout_seconds": 3601,
		"idle_limit_seconds": 3600,
		"max_lifetime_seconds": null,
		"lifetime_limit_seconds": 28800,
	}
}

test_too_long_a_life if {
	some finding in found("agentcore_runtime", {"idle_timeout_seconds": 900, "max_lifetime_seconds": 28801})
	finding.evidence.reasons == ["maximum_lifetime"]
}

test_both_are_one_finding if {
	findings := found("agentcore_runtime", {"idle_timeout_seconds": 7200, "max_lifetime_seconds": 86400})
	[finding.evidence.reasons | some finding in findings] == [["idle_timeout", "maximum_lifetime"]]
}

test_within_the_limits if {
	count(found("agentcore_runtime", {"idle_timeout_seconds": 3600, "max_lifetime_seconds": 28800})) == 0
}

test_not_known if count(found("bedrock_agent", {})) == 0

test_no_agent if count(found("agentcore_browser", {"idle_timeout_seconds": 86400})) == 0
