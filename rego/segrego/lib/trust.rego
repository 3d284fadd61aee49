# METADATA
# title: Role trust
# description: >-
#   How closely a trust statement for Bedrock or AgentCore is pinned to its source. Only conditions that must be present
#   and match count: not IfExists, and not ForAllValues, which holds where the key is absent.
#   Source: IAM user guide, "The confused deputy problem", and "Policy elements: condition operators".
# schemas:
#   - input: schema.input
package segrego.lib.trust

import data.segrego.lib.iam
import data.segrego.lib.statements

_pinning_operators := {"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"}

# From open to closed. "unknown" is a text that is not resolved: it may be anything.
_order := ["none", "unknown", "service-wildcard", "kind-wildcard", "exact"]

# How a statement that lets a Bedrock service assume the role is pinned; undefined for any other statement.
pin(statement) := {
	"sid": statement.sid,
	"line": statement.line,
	"services": services,
	"source_account": _pins_account(statement),
	"account_known": count([1 | some known in [_pins_account(statement), _arns_name_account(patterns)]; known]) > 0,
	"source_arn": weakest({_arn_level(pattern) | some pattern in patterns}),
	"patterns": patterns,
} if {
	statement.effect == "Allow"
	services := {principal.value |
		some principal in statement.principals
		principal.type == "Service"
		data.segrego.tables.trust_services[principal.value]
	}
	count(services) > 0
	patterns := {value | some condition in _pins(statement, "aws:sourcearn"); some value in condition.values}
}

is_pinned(pin) if {
	pin.account_known
	pin.source_arn == "exact"
}

# The weakest of several levels, since any one of several values lets the source in. None at all is no pin.
weakest(levels) := _order[min([index | some index, level in _order; level in levels])] if count(levels) > 0

weakest(levels) := "none" if count(levels) == 0

_pins(statement, key) := [condition |
	some condition in statement.conditions
	condition.key == key
	condition.operator in _pinning_operators
	not condition.if_exists
	condition.qualifier != "ForAllValues"
]

_pins_account(statement) := count([1 |
	some condition in _pins(statement, "aws:sourceaccount")
	every value in condition.values {
		not iam.is_wildcard(value)
	}
]) > 0

_arns_name_account(patterns) := count([1 | some pattern in patterns; not _names_account(pattern)]) == 0 if count(patterns) > 0

_arns_name_account(patterns) := false if count(patterns) == 0

_names_account(pattern) if {
	account := _parts(pattern)[4]
	account != ""
	not iam.is_wildcard(account)
}

# arn:partition:service:region:account:resource. Without a resource part the whole text is not resolved.
_arn_level(pattern) := "unknown" if {
	count(_parts(pattern)) < 6
	not iam.is_wildcard(pattern)
}

_arn_level(pattern) := "service-wildcard" if {
	count(_parts(pattern)) < 6
	iam.is_wildcard(pattern)
}

_arn_level(pattern) := _resource_level(concat(":", array.slice(_parts(pattern), 5, 100))) if {
	count(_parts(pattern)) >= 6
}

_resource_level(resource) := "service-wildcard" if {
	iam.is_wildcard(split(resource, "/")[0])
}

_resource_level(resource) := "kind-wildcard" if {
	not iam.is_wildcard(split(resource, "/")[0])
	iam.is_wildcard(resource)
}

_resource_level(resource) := "exact" if not iam.is_wildcard(resource)

# "${AWS::Region}" holds colons that are none of the ARN's.
_parts(pattern) := split(replace(pattern, "${AWS::", "${"), ":")

# Whether a role may assume another, as iam.answer: the trust policy of the other must allow it, by naming the role or by
# leaving it to the role's account, and in the second case, and from another account, the role's own policies must too.
can_assume(source, target) := iam.answers[iam.level(request, side)] if {
	request := {"role": source, "action": "sts:assumerole", "resource": target.arn}
	said := statements.side(target.trust, request)
	side := {
		"same": statements.same_account(source, target.arn),
		"required": true,
		"direct": said.direct,
		"delegated": max([said.delegated, count([1 | "trust" in target.unread])]),
		"denied": said.denied,
	}
}
