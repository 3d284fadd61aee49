# METADATA
# title: A grant gives nothing, though somebody wrote it
# description: >-
#   An action of a service that AWS does not have, one that is spelt almost like an action that AWS has, or an action on
#   ARNs that it cannot be granted on (of another service, or of another kind: bedrock:InvokeAgent on an agent instead of
#   its alias, s3:GetObject on a bucket) allows nothing. Whoever wrote it thinks that the agent has it, and the next one
#   grants something wider until it works. Where AWS knows the service and nothing like the action there is no finding,
#   since the table may be older than the action: a gap tells of it. AWS's own policies are left out.
# custom:
#   headline: "{subject} is granted what has no effect: {actions}"
#   severity: low
#   category: least-privilege
#   requires: [workloads, bindings, policies, actions]
#   remediation: >-
#     Correct the action's service prefix (the prefix of bedrock-agent-runtime's API is bedrock) or the ARN, and use "*" for
#     an action that knows no resources; take out what nothing needs.
#   example: |
#     Statement:
#       - Effect: Allow
#         Action: [bedrock-agent-runtime:InvokeAgent, bedrock:InvokeAgnet]
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

import data.segrego.lib.access
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
	some reason, actions in {
		"no such service": _of_no_service(grant),
		"no such action": _misspelt(grant),
		"not of these resources": _misplaced(grant),
	}
	count(actions) > 0
}

_of_no_service(grant) := {text | some text in grant.actions; _no_service[text]}

# Each with what AWS has instead.
_misspelt(grant) := {said |
	some text in grant.actions
	nearest := access.pattern_by_text[text].nearest
	is_string(nearest)
	said := concat("", [text, " (", nearest, "?)"])
}

_no_service := {pattern.pattern | some pattern in input.actions; not pattern.service_known}

_misplaced(grant) := {text | some text in grant.actions; _is_misplaced(text, grant)}

# Most grants have none: asked before anything is made.
_has_dead(grant) if {
	some text in grant.actions
	_no_service[text]
}

_has_dead(grant) if {
	some text in grant.actions
	is_string(access.pattern_by_text[text].nearest)
}

_has_dead(grant) if {
	some text in grant.actions
	_is_misplaced(text, grant)
}

_is_misplaced(text, grant) if {
	prefixes := _prefixes[text]
	every resource in grant.resources {
		_is_not_of(resource, text, prefixes)
	}
}

_is_not_of(resource, _, prefixes) if _is_of_another(resource, prefixes)

_is_not_of(resource, text, _) if _is_of_another_kind(resource, _kinds[text])

# How the resources begin that the actions of a pattern can be granted on, and whether each of them has a slash. Where
# they may be of any service nobody can tell.
_kinds := {pattern.pattern: {"heads": heads, "marks": marks, "slash": slash} |
	some pattern in input.actions
	_is_listed[pattern.span]
	count(pattern.arn_resources) > 0
	not "*" in pattern.arn_services
	heads := {head | some resource in pattern.arn_resources; head := split(resource, "*")[0]}
	marks := {mark | some head in heads; mark := concat("", [":", head])}
	slash := count([1 | some resource in pattern.arn_resources; not contains(resource, "/")]) == 0
}

# An ARN with an account, or none, written out, whose resource begins in none of these ways.
_is_of_another_kind(resource, kinds) if {
	not _is_marked(resource, kinds)
	found := regex.find_all_string_submatch_n(_written_out, resource, 1)[0]
	_is_of_no_kind(found[1], found[2], kinds)
}

# Most are what they should be: seen without taking them apart.
_is_marked(resource, kinds) if {
	_may_have_slash(resource, kinds)
	some mark in kinds.marks
	contains(resource, mark)
}

_may_have_slash(_, kinds) if not kinds.slash

_may_have_slash(resource, _) if contains(resource, "/")

# The resource up to its first wildcard or expression, and the rest.
_written_out := `^arn:aws:[a-z0-9-]+:(?:[a-z0-9-]*|\*|\$\{[^}]*\}):(?:[0-9]*|\$\{AWS::AccountId\}):([^*?$]*)(.*)$`

_is_of_no_kind(start, _, kinds) if {
	start != ""
	not _may_begin(start, kinds.heads)
}

_is_of_no_kind(start, "", kinds) if {
	kinds.slash
	not contains(start, "/")
}

_may_begin(start, heads) if {
	some head in heads
	startswith(start, head)
}

_may_begin(start, heads) if {
	some head in heads
	startswith(head, start)
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
