# METADATA
# title: Conditions
# description: >-
#   How surely a condition of a policy holds when a role makes a request, in three levels: 2 surely, 1 perhaps, 0 not. What
#   the inventory knows of the role and of the resource decides; every other key may have any value.
#   Source: IAM user guide, "Policy elements: condition operators", "Multivalued context keys" and "Global condition keys".
# schemas:
#   - input: schema.input
package segrego.lib.conditions

import data.segrego.lib.inventory
import data.segrego.lib.text

# A request is {"role": the role that makes it, "resource": the ARN that it is on}.
# All conditions of a statement must hold.
hold(request, conditions) := 2 if count(conditions) == 0

else := min([_holds(request, condition) | some condition in conditions])

_holds(request, condition) := _null(request, condition) if condition.operator == "Null"

_holds(request, condition) := _known(known(request, condition.key)[0], request, condition) if {
	condition.operator != "Null"
}

_holds(request, condition) := _absent(condition) if {
	condition.operator != "Null"
	known(request, condition.key) == []
}

_holds(request, condition) := 1 if {
	condition.operator != "Null"
	not known(request, condition.key)
}

_null(request, condition) := max({0} | {level | some value in condition.values; level := _as_asked(lower(value), _is_absent(request, condition.key))})

_is_absent(request, key) := 2 if known(request, key) == []

_is_absent(request, key) := 0 if _is_present(request, key)

_is_absent(request, key) := 1 if {
	not known(request, key)
	not _is_present(request, key)
}

_as_asked("true", level) := level

_as_asked("false", level) := 2 - level

_as_asked(value, _) := 1 if text.is_unresolved(value)

_is_present(_, key) if _always_present[key]

_is_present(request, key) if count(known(request, key)) > 0

# Without the key only what asks for its absence holds, and what says that it does not care.
_absent(condition) := 2 if _holds_when_absent(condition)

_absent(condition) := 0 if not _holds_when_absent(condition)

_holds_when_absent(condition) if condition.if_exists

_holds_when_absent(condition) if condition.qualifier == "ForAllValues"

_holds_when_absent(condition) if {
	condition.qualifier == ""
	_is_negated(condition.operator)
}

_is_negated(operator) if contains(operator, "Not")

# The qualifiers make no difference to a single value.
_known(value, request, condition) := _any(value, request, condition) if not _is_negated(condition.operator)

_known(value, request, condition) := 2 - _any(value, request, condition) if _is_negated(condition.operator)

# A policy variable without a value equals nothing.
_any(value, request, condition) := max({0} | {level |
	some wanted in condition.values
	level := _matches(condition.operator, resolved(request, wanted), value)
})

_matches(operator, wanted, value) := _equals(wanted, value) if operator in {"StringEquals", "StringNotEquals"}

_matches(operator, wanted, value) := _equals(lower(wanted), lower(value)) if {
	operator in {"StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "Bool"}
}

_matches(operator, wanted, value) := text.match(wanted, value) if operator in {"StringLike", "StringNotLike"}

_matches(operator, wanted, value) := _arn_matches(wanted, value) if operator in _arn_operators

# Numbers, dates and addresses: the keys that the inventory knows have none.
_matches(operator, _, _) := 1 if not _text_operators[operator]

_arn_operators := {"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"}

_text_operators := _arn_operators | {
	"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
	"StringNotLike", "Bool",
}

_equals(wanted, value) := 2 if {
	text.unescaped(wanted) == value
} else := 1 if {
	_either_is_unresolved(wanted, value)
} else := 0

_either_is_unresolved(wanted, _) if text.is_unresolved(wanted)

_either_is_unresolved(_, value) if text.is_unresolved(value)

# Each of the six parts of an ARN is matched on its own. AWS does not say what it makes of a pattern with fewer parts.
_arn_matches(wanted, value) := 2 if {
	wanted == "*"
} else := text.match(wanted, value) if {
	count(text.arn_parts(value)) < 6
} else := min([1, text.match(wanted, value)]) if {
	count(text.arn_parts(wanted)) < 6
} else := min([text.match(part, value_parts[place]) | some place, part in text.arn_parts(wanted)]) if {
	value_parts := text.arn_parts(value)
}

# A pattern or a value with the policy variables in it replaced: undefined where one has no value, and left as it is,
# which may be anything, where nobody knows.
resolved(request, pattern) := pattern if {
	not contains(pattern, "${")
} else := concat("", pieces) if {
	pieces := [replaced | some piece in text.pieces(pattern); replaced := _replaced(request, piece)]
	count(pieces) == count(text.pieces(pattern))
}

# A name that is no variable ("AWS::Region", "*") is no key that anything is known of.
_replaced(request, [piece, name]) := piece if {
	key := _variable(name)[0]
	not known(request, key)
}

_replaced(request, [_, name]) := text.literal(known(request, _variable(name)[0])[0])

_replaced(request, [_, name]) := text.literal(_variable(name)[1]) if known(request, _variable(name)[0]) == []

# [key] or [key, default]: "aws:username", "aws:PrincipalTag/team, 'none'".
_variable(name) := [lower(name)] if {
	not contains(name, ",")
} else := [lower(key), trim_prefix(trim_suffix(trim_space(default_value), "'"), "'")] if {
	at := indexof(name, ",")
	key := substring(name, 0, at)
	default_value := substring(name, at + 1, -1)
}

# Keys that every request of a role has, whatever their value.
_always_present := {
	"aws:currenttime", "aws:epochtime", "aws:principalaccount", "aws:principalarn", "aws:securetransport",
	"aws:tokenissuetime", "aws:userid",
}

# Whether what a condition asks for is among what may be known.
may_be_known(condition) if {
	some start in ["aws:principal", "aws:resource", "aws:username", "aws:requestedregion"]
	startswith(condition.key, start)
}

# What is known of a key in a request: [] if it is absent, [value] if it has this one, undefined if nobody can tell.
known(_, "aws:principaltype") := ["AssumedRole"]

known(_, "aws:principalisawsservice") := ["false"]

# Keys of other principals: users, and services that act for themselves.
known(_, key) := [] if key in {"aws:username", "aws:principalservicename", "aws:principalservicenameslist"}

known(request, "aws:principalarn") := [request.role.arn] if is_string(request.role.arn)

known(request, "aws:principalaccount") := [request.role.account] if is_string(request.role.account)

known(request, "aws:principalorgid") := [organization] if {
	organization := inventory.account_by_id[request.role.account].organization
	is_string(organization)
}

known(request, "aws:resourceaccount") := [account] if account := resource_account(request.resource)

known(request, "aws:resourceorgid") := [organization] if {
	organization := inventory.account_by_id[resource_account(request.resource)].organization
	is_string(organization)
}

known(request, "aws:requestedregion") := [region] if {
	region := text.arn_parts(request.resource)[3]
	region != ""
	not text.has_wildcard(region)
}

known(request, key) := values if {
	startswith(key, "aws:principaltag/")
	_tags_are_known(request.role)
	values := _tag_values(request.role.tags, trim_prefix(key, "aws:principaltag/"))
	count(values) < 2
}

known(request, key) := values if {
	startswith(key, "aws:resourcetag/")
	values := _tag_values([tag | some entity in inventory.entities(request.resource); some tag in entity.tags], trim_prefix(key, "aws:resourcetag/"))
	count(values) == 1
}

# Session tags take the place of the role's own, where the trust policy lets a caller set them.
_tags_are_known(role) if {
	role.identity != "unresolved"
	not "tags" in role.unread
	not "trust" in role.unread
	every statement in role.trust {
		not _lets_tag(statement)
	}
}

_lets_tag(statement) if {
	statement.effect == "Allow"
	some pattern in statement.actions
	text.match(pattern, "sts:tagsession") > 0
}

_lets_tag(statement) if {
	statement.effect == "Allow"
	count(statement.not_actions) > 0
}

# Tag keys differ not by case alone. Where sources give one key several values nobody can tell which of them it has.
_tag_values(tags, key) := [value | some value in {tag.value | some tag in tags; lower(tag.key) == key}]

# The account of a resource: as its ARN says, or (for the ARNs of S3 and others that name none) as the inventory says of it
# or of what it is a part of.
resource_account(arn) := account if {
	account := text.arn_parts(arn)[4]
	account != ""
	not text.has_wildcard(account)
}

resource_account(arn) := account if {
	text.arn_parts(arn)[4] == ""
	accounts := {entity.account | some whole in text.wholes(arn); some entity in inventory.entities(whole); entity.account != null}
	count(accounts) == 1
	some account in accounts
}
