# METADATA
# title: An agent may invoke any model
# description: >-
#   The role may invoke every foundation model of the region, or of all regions: models that nobody has approved for
#   this task, of any price, and whatever is added later. A guardrail that is enforced for one model does not bind
#   another.
# custom:
#   headline: "{subject} may invoke any model: {resources}"
#   severity: low
#   category: least-privilege
#   requires: [workloads, bindings, policies, actions]
#   remediation: >-
#     Name the models and inference profiles that the agent is configured with.
#   example: |
#     Statement:
#       - {Effect: Allow, Action: "bedrock:InvokeModel*", Resource: "arn:aws:bedrock:*::foundation-model/*"}
#   controls:
#     owasp-nhi-2025: [NHI5]
#     owasp-agentic-2026: [ASI03, ASI04]
#     nist-800-53-r5: [AC-6]
# schemas:
#   - input: schema.input
package segrego.rules.unbounded_model_access

import data.segrego.lib.access
import data.segrego.lib.iam
import data.segrego.lib.inventory

deny contains {
	"subject": role.id,
	"related": sort(agents),
	"evidence": {
		"agents": [inventory.member(role, id) | some id in sort(agents)],
		"resources": sort({resource | some statement in statements; some resource in statement.resources}),
		"statements": sort(statements),
	},
} if {
	some role in input.roles
	agents := {id | some id, family in inventory.holders(role); inventory.executor_families[family]}
	count(agents) > 0
	statements := {statement |
		some grant in iam.grants(role)
		_invokes[grant.actions]
		wild := [resource |
			some resource in grant.resources
			regex.match(_any_model, resource)
			_is_effective(role, grant, resource)
		]
		count(wild) > 0
		count(grant.conditions) == 0 # which may name the models
		statement := {
			"policy": grant.policy,
			"sid": grant.sid,
			"file": grant.file,
			"line": grant.line,
			"access": ["read"],
			"actions": grant.actions,
			"resources": wild,
			"conditional": grant.conditional,
		}
	}
	count(statements) > 0
}

_inference := {"bedrock:invokemodel", "bedrock:invokemodelwithresponsestream"}

# Action lists that invoke models. Most do not.
_invokes := {list |
	some list in access.action_lists
	some text in list
	some name in _inference
	access.matches(text, name)
}

_is_effective(role, grant, resource) if {
	some action in _inference
	iam.level_of(role, grant, action, resource) > 0
}

# Every model of some or of all regions: "*", or foundation-model/* of any region and provider. A field of an ARN may hold
# the "${…}" of a text that is not resolved.
_any_model := `^(?:\*|arn:[^:]*:(?:bedrock|\*):(?:(?:[^:{]|\{[^}]*\})*:){1,2}(?:foundation-model/?)?\*)$`
