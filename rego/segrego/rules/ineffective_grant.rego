# METADATA
# title: A grant gives nothing, though somebody wrote it
# description: >-
#   An action of a service that AWS does not have, or an action on ARNs of a service that it cannot be granted on, allows
#   nothing. Whoever wrote it thinks that the agent has it, and the next one grants something wider until it works. Where
#   AWS knows the service but not the action there is no finding, since the table may be older than the action: a gap tells
#   of it. AWS's own policies are left out.
# custom:
#   headline: "{subject} is granted what does not exist: {actions}"
#   severity: low
#   category: least-privilege
#   requires: [workloads, bindings, policies, actions]
#   remediation: >-
#     Correct the action's service prefix (the prefix of bedrock-agent-runtime's API is bedrock) or the ARN, and use "*" for
#     an action that knows no resources; take out what nothing needs.
#   example: |
#     Statement:
#       - Effect: Allow
#         Action: bedrock-agent-runtime:InvokeAgent
#         Resource: arn:aws:bedrock:us-east-1:111122223333:agent-alias/AGENT/ALIAS
#       - Effect: Allow
#         Action: ecr:GetAuthorizationToken
#         Resource: arn:aws:ecr:us-east-1:111122223333:repository/agent
#   controls:
#     owasp-nhi-2025: [NHI5]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-6]
#     owasp-agentic-threats-1.0: [T3]
#     nist-ai-rmf-1.0: [MAP 4.2]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.ineffective_grant

import data.segrego.lib.iam
import data.segrego.lib.inventory

deny contains {
	"subject": role.id,
	"related": sort(object.keys(inventory.holders(role))),
	"evidence": {
		"actions": sort({action | some statement in statements; some action in statement.actions}),
		"statements": sort(statements),
	},
} if {
	some role in input.roles
	inventory.is_governed(role)
	statements := {statement |
		some id in role.policies
		not _of_aws[id]
		some grant in iam.grants_by_policy[id]
		_has_dead(grant)
		some reason, actions in _dead(grant)
		statement := {
			"policy": grant.policy,
			"sid": grant.sid,
			"file": grant.file,
			"line": grant.line,
			"reason": reason,
			"actions": sort(actions),
			"resources": grant.resources,
		}
	}
	count(statements) > 0
}

_of_aws := {policy.id | some policy in input.policies; policy.kind == "aws_managed"}

# Reason to actions; reasons without any are left out.
_dead(grant) := {reason: actions |
	some reason, actions in {"no such service": _of_no_service(grant), "not of these resources": _misplaced(grant)}
	count(actions) > 0
}

_of_no_service(grant) := {text | some text in grant.actions; _no_service[text]}

_no_service := {pattern.pattern | some pattern in input.actions; not pattern.service_known}

_misplaced(grant) := {text | some text in grant.actions; _is_misplaced(text, grant)}

# Most grants have none: asked before anything is made.
_has_dead(grant) if {
	some text in grant.actions
	_no_service[text]
}

_has_dead(grant) if {
	some text in grant.actions
	_is_misplaced(text, grant)
}

_is_misplaced(text, grant) if {
	prefixes := _prefixes[text]
	every resource in grant.resources {
		_is_of_another(resource, prefixes)
	}
}

# How the ARNs begin that the actions of a pattern can be granted on.
_prefixes := {pattern.pattern: prefixes |
	some pattern in input.actions
	_is_listed[pattern.span]
	prefixes := {prefix | some service in pattern.arn_services; prefix := _prefix(service)}
}

_is_listed := {"exact", "partial", "service"}

_prefix("*") := "arn:aws:"

_prefix(service) := concat("", ["arn:aws:", service, ":"]) if service != "*"

# An ARN whose service is written out, and which begins in none of these ways.
_is_of_another(resource, prefixes) if {
	not _begins(resource, prefixes)
	regex.match(`^arn:aws:[a-z0-9-]+:`, resource)
}

_begins(resource, prefixes) if {
	some prefix in prefixes
	startswith(resource, prefix)
}
