# METADATA
# title: Role trust
# description: >-
#   How closely a trust policy pins Bedrock or AgentCore to one workload. Only conditions that must be present and match
#   count: not IfExists, and not ForAllValues, which holds where the key is absent. A Deny for everything but one source
#   pins as well.
#   Source: IAM user guide, "The confused deputy problem", "Policy elements: condition operators" and "Creating a condition
#   that tests multiple key values".
# schemas:
#   - input: schema.input
package segrego.lib.trust

import data.segrego.lib.iam
import data.segrego.lib.inventory
import data.segrego.lib.statements
import data.segrego.lib.text

_pinning_operators := {"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"}

_excluding_operators := {"StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike"}

_assume_actions := {"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"}

# From open to closed. "unknown" is a text that is not resolved: it may be anything. "name-prefix" is a name with a
# wildcard behind it that several resources can match, "name" one that only one resource can.
_order := ["none", "unknown", "service-wildcard", "kind-wildcard", "name-prefix", "name", "exact"]

_pinned_levels := {"name", "exact"}

lets_assume(statement) if {
	statement.effect == "Allow"
	_is_about_assuming(statement)
}

_is_about_assuming(statement) if {
	some pattern in statement.actions
	_assume_actions[pattern]
} else if {
	some pattern in statement.actions
	some action in _assume_actions
	_names_action(pattern, action)
} else if {
	some _ in statement.not_actions
	some action in _assume_actions
	count([1 | some pattern in statement.not_actions; _names_action(pattern, action)]) == 0
}

# A pattern that is not resolved may name any action.
_names_action(pattern, _) if contains(pattern, "${")

_names_action(pattern, action) if text.covers(pattern, action)

# How each statement that lets a Bedrock service assume the role is pinned.
pins(role) := [pin | some statement in role.trust; pin := _pin(role, statement)]

# The same by role, for the rules that ask of each.
pins_by_role := {role.id: pins(role) | some role in input.roles}

_pin(role, statement) := {
	"sid": statement.sid,
	"line": statement.line,
	"services": services,
	"source_account": count(_closed(accounts)) > 0,
	"source_organization": count(_closed(organizations)) > 0,
	"account_known": (count(_closed(accounts)) + count([1 | some values in arns; _name_accounts(values)])) > 0,
	"source_arn": strongest({weakest({_arn_level(value) | some value in values}) | some values in arns}),
	"patterns": {value | some values in arns; some value in values},
} if {
	lets_assume(statement)
	services := {service |
		some principal in statement.principals
		principal.type == "Service"
		service := service_name(principal.value)
		data.segrego.tables.trust_services[service]
	}
	count(services) > 0
	arns := _bounds(role, statement, services, {"aws:sourcearn"})
	accounts := _bounds(role, statement, services, {"aws:sourceaccount"})
	organizations := _bounds(role, statement, services, {"aws:sourceorgid", "aws:sourceorgpaths"})
}

# A service principal in one spelling, whatever the partition.
service_name(value) := trim_suffix(replace(value, "${AWS::URLSuffix}", "amazonaws.com"), ".cn")

is_pinned(pin) if {
	pin.account_known
	names_one(pin)
}

# Whether a pin leaves one workload alone.
names_one(pin) if _pinned_levels[pin.source_arn]

# Any one of several values lets the source in: the weakest counts. None at all is no pin.
weakest(levels) := "none" if count(levels) == 0

else := _order[min([index | some index, level in _order; levels[level]])]

# Several conditions must all hold: the strongest counts.
strongest(levels) := "none" if count(levels) == 0

else := _order[max([index | some index, level in _order; levels[level]])]

# The lists of values that keys are held to: by the statement's own conditions, or by a Deny for everything else.
_bounds(role, statement, services, keys) := array.concat(
	[condition.values | some condition in conditions(statement); keys[condition.key]],
	[condition.values |
		some deny in role.trust
		deny.effect == "Deny"
		_is_about_assuming(deny)
		_is_for(deny, services)
		count(deny.conditions) == 1
		some condition in deny.conditions
		keys[condition.key]
		_excluding_operators[condition.operator]
		condition.qualifier == ""
	],
)

_is_for(deny, _) if {
	some principal in deny.principals
	principal.type == "*"
}

_is_for(deny, services) if {
	named := {service_name(principal.value) | some principal in deny.principals; principal.type == "Service"}
	count(services - named) == 0
}

# The conditions of a statement that must be present and match.
conditions(statement) := [condition |
	some condition in statement.conditions
	_pinning_operators[condition.operator]
	not condition.if_exists
	condition.qualifier != "ForAllValues"
]

_closed(bounds) := [values |
	some values in bounds
	count(values) > 0
	count([1 | some value in values; iam.is_wildcard(value)]) == 0
]

_name_accounts(values) if {
	count(values) > 0
	count([1 | some value in values; not _names_account(value)]) == 0
}

_names_account(pattern) if {
	account := parts(pattern)[4]
	account != ""
	not iam.is_wildcard(account)
}

# arn:partition:service:region:account:resource. Without a resource part the whole text is not resolved.
_arn_level(pattern) := "unknown" if {
	count(parts(pattern)) < 6
	not iam.is_wildcard(pattern)
} else := "service-wildcard" if {
	count(parts(pattern)) < 6
} else := _resource_level(pattern)

_resource_level(pattern) := "exact" if {
	resource := _resource(pattern)
	not iam.is_wildcard(resource)
} else := "service-wildcard" if {
	iam.is_wildcard(_head(pattern))
} else := _name_level(pattern)

_name_level(pattern) := "kind-wildcard" if not _named(pattern)

_name_level(pattern) := "name" if {
	_named(pattern)
	_is_one_name(pattern)
}

_name_level(pattern) := "name-prefix" if {
	_named(pattern)
	not _is_one_name(pattern)
}

_is_one_name(pattern) if endswith(pattern, _id_wildcard)

_is_one_name(pattern) if data.segrego.tables.names_without_hyphen[_head(pattern)]

# Ids of AgentCore are the name, a hyphen and ten characters.
_id_wildcard := "-??????????"

# The name in the ARN, or the pattern, of an AgentCore resource.
_named(pattern) := name if {
	_is_agentcore(pattern)
	some ending in [_id_wildcard, "-*"]
	endswith(pattern, ending)
	name := trim_suffix(_id(pattern), ending)
	name != ""
	not iam.is_wildcard(name)
}

_named(pattern) := name if {
	_is_agentcore(pattern)
	not iam.is_wildcard(pattern)
	[name, suffix] := _last_hyphen(split(_id(pattern), "-"))
	count(suffix) == 10
}

_last_hyphen(words) := [concat("-", array.slice(words, 0, count(words) - 1)), words[count(words) - 1]] if count(words) > 1

_is_agentcore(pattern) if parts(pattern)[2] == "bedrock-agentcore"

# The source ARNs of a pin that are provably no holder's: of another kind, or of another resource.
foreign(pin, workloads) := {pattern |
	count(workloads) > 0
	some pattern in pin.patterns
	_pinned_levels[_arn_level(pattern)]
	names := split(_resource(pattern), "/")
	every workload in workloads {
		_is_anothers(pattern, names, workload)
	}
}

_is_anothers(_, names, workload) if {
	sources := data.segrego.tables.assumed_by[workload.kind].sources
	count(sources) > 0
	head := names[0]
	not head in sources
	is_resolved(head)
} else if {
	own := _resource(workload.arn)
	is_resolved(own)
	own_names := split(own, "/")
	names[0] == own_names[0]
	names[1] != own_names[1]
	every name in names {
		_is_fixed(name)
	}
}

_is_anothers(pattern, names, workload) if {
	names[0] == data.segrego.tables.assumed_by[workload.kind].sources[0]
	name := _named(pattern)
	is_resolved(name)
	is_resolved(workload.name)
	lower(name) != lower(workload.name)
}

_is_fixed(name) if {
	is_resolved(name)
	not iam.is_wildcard(name)
}

# The kind and the name of the AgentCore resource that a pattern stands for; undefined for any other.
named_source(pattern) := [_head(pattern), lower(_named(pattern))]

is_resolved(text) if not contains(text, "${")

# "${AWS::Region}" holds colons that are none of the ARN's.
parts(pattern) := _parts_by_pattern[pattern]

parts(pattern) := _parts(pattern) if not _parts_by_pattern[pattern]

_parts(pattern) := split(replace(pattern, "${AWS::", "${"), ":")

# Of what trust policies pin to, which is asked for again and again.
_parts_by_pattern := {pattern: _parts(pattern) |
	some role in input.roles
	some statement in role.trust
	some condition in statement.conditions
	condition.key == "aws:sourcearn"
	some pattern in condition.values
}

_resource(pattern) := concat(":", array.slice(parts(pattern), 5, count(parts(pattern))))

_head(pattern) := split(_resource(pattern), "/")[0]

_id(pattern) := split(_resource(pattern), "/")[1]

# Whether a role may assume another, as iam.answer: the trust policy of the other must allow it, by naming the role or by
# leaving it to the role's account, and in the second case, and from another account, the role's own policies must too.
can_assume(source, target) := iam.answers[iam.level(request, side)] if {
	arn := inventory.arn(target)
	request := {"role": source, "action": "sts:assumerole", "resource": arn}
	said := statements.side(target.trust, request)
	side := {
		"same": statements.same_account(source, arn),
		"required": true,
		"direct": said.direct,
		"delegated": max([said.delegated, count([1 | "trust" in target.unread])]),
		"denied": said.denied,
	}
}
