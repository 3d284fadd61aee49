package segrego.rules.policy_engine_not_enforcing_test

import data.segrego.fixtures_test as fixtures
import data.segrego.rules.policy_engine_not_enforcing as rule

found(kind, extra) := findings if {
	findings := rule.deny with input as fixtures.inventory({"workloads": [fixtures.workload("g", kind, extra)]})
}

engine(mode) := {"target": "arn:engine", "mode": mode}

test_absent if {
	some finding in found("agentcore_gateway", {"inbound": "jwt", "tools": ["t"]})
	finding.subject == "g"
	finding.severity == "low"
	finding.evidence == {"state": "absent", "policy_engine": null, "tools": 1}
}

test_only_logging if {
	some finding in found("agentcore_gateway", {"inbound": "iam", "policy_engine": engine("LOG_ONLY")})
	finding.severity == "medium"
	finding.evidence.state == "log_only"
	finding.evidence.policy_engine == "arn:engine"
}

test_enforcing if count(found("agentcore_gateway", {"inbound": "iam", "policy_engine": engine("ENFORCE")})) == 0

test_not_known if count(found("agentcore_gateway", {})) == 0

test_no_gateway if count(found("agentcore_runtime", {"inbound": "iam"})) == 0
