# METADATA
# title: A wildcard grants more than anyone listed
# description: >-
#   A role of an agent, of another Bedrock workload or of a tool's function is granted all actions of a service, a wildcard
#   of actions that change things, or changing actions on every resource. Nobody can then say what the agent may do, and
#   whatever AWS adds to the service is granted the day it appears. Wildcards over reads, and resource wildcards for
#   actions that know no resources, are no finding; those of AWS's full-access policies are left to full_access_policy,
#   as long as it is run.
# custom:
#   headline: "{subject} is granted {wildcards}"
#   severity: high
#   category: least-privilege
#   requires: [workloads, bindings, policies, actions]
#   remediation: List the actions that the workload's tools call, each on the ARNs that they call it on.
#   example: |
#     Statement:
#       - {Effect: Allow, Action: "dynamodb:*", Resource: "*"}
#   controls:
#     owasp-nhi-2025: [NHI5]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-6]
#     owasp-agentic-threats-1.0: [T3]
#     nist-ai-rmf-1.0: [MAP 4.2]
#     csa-maestro-2025: [L6]
#     mitre-atlas-5.6.0: [AML.M0026]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.wildcard_privilege

import data.segrego.lib.access
import data.segrego.lib.full_access
import data.segrego.lib.iam
import data.segrego.lib.inventory

deny contains {
	"subject": role.id,
	"severity": _severity(statements),
	"related": sort(object.keys(inventory.holders(role))),
	"evidence": {
		"wildcards": sort({wildcard | some statement in statements; some wildcard in statement.wildcards}),
		"workloads": sort(object.keys(inventory.holders(role))),
		"statements": sort(statements),
	},
} if {
	some role in input.roles
	inventory.is_governed(role)
	statements := {statement |
		some grant in iam.grants(role)
		_may_be_wild(grant)
		not full_access.is_told(grant)
		effects := _effects(role, grant)
		wildcards := _action_wildcards(grant, effects) | _resource_wildcards(grant, effects)
		count(wildcards) > 0
		statement := {
			"policy": grant.policy,
			"sid": grant.sid,
			"file": grant.file,
			"line": grant.line,
			"wildcards": sort(wildcards),
			"access": sort(object.keys(effects)),
			"actions": grant.actions,
			"resources": grant.resources,
			"conditional": grant.conditional,
		}
	}
	count(statements) > 0
}

# Action lists with a wildcard, which most grants do not have.
_wild_lists := {list |
	some list in access.action_lists
	some text in list
	iam.is_wildcard(text)
}

# Of a role that functions alone hold, what any function in a VPC needs is left out: it is granted on "*" alone.
_effects(role, grant) := iam.effects(role, grant) if not _of_functions[role.id]

_effects(role, grant) := access.beyond_baseline("function", iam.effects(role, grant)) if _of_functions[role.id]

_of_functions := {role.id | some role in input.roles; {family | some family in inventory.holders(role)} == {"function"}}

# Cheap to ask of every grant; what follows is asked of few.
_may_be_wild(grant) if _wild_lists[grant.actions]

_may_be_wild(grant) if {
	some resource in grant.resources
	resource in _everything
}

_may_be_wild(grant) if {
	access.effects_by_list[grant.actions].execute
	some resource in grant.resources
	regex.match(_any_of_a_kind, resource)
}

_action_wildcards(grant, effects) := {text |
	some text in grant.actions
	access.pattern_by_text[text].span in {"all", "service"}
	count(effects) > 0
} | {text |
	some text in grant.actions
	access.pattern_by_text[text].span == "partial"
	some class in access.changing
	count(effects[class] & access.effects_by_pattern[text][class]) > 0
}

_resource_wildcards(grant, effects) := {resource |
	some resource in grant.resources
	resource in _everything
	some class in access.changing
	_knows_resources(effects[class])
} | {resource |
	some resource in grant.resources
	regex.match(_any_of_a_kind, resource)
	_knows_resources(effects.execute)
}

_everything := {"*", "arn:aws:*", "arn:*"}

# Everything of a service, or every one of a kind that can be run: agent-alias/*, function:*. Not agent-alias/AGENT/*.
# A field of an ARN may hold the "${…}" of a text that is not resolved.
_any_of_a_kind := concat("", [
	`^arn:(?:(?:[^:{]|\{[^}]*\})*:){4}`,
	`(?:(?:agent|agent-alias|browser|browser-custom|code-interpreter|code-interpreter-custom|express|flow|function`,
	`|gateway|harness|job-definition|project|runtime|stateMachine|task-definition`,
	`|workload-identity-directory/default/workload-identity)[:/])?\*(?:[:/]\*)*$`,
])

# An action without resource-level permissions can only be granted on "*". "*" itself stands for all actions.
_knows_resources(names) if count(names & _scopable) > 0

_scopable := {"*"} | {action.name |
	some pattern in input.actions
	some action in pattern.matches
	action.scopable
}

_severity(statements) := "critical" if {
	_is_everything(statements)
} else := "high" if {
	_changes(statements)
} else := "medium"

_is_everything(statements) if {
	some statement in statements
	not statement.conditional
	"*" in statement.actions
	"*" in statement.resources
	count(statement.access) == count(access.classes)
}

_changes(statements) if {
	some statement in statements
	some class in statement.access
	class in access.changing
}
