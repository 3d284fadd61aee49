# METADATA
# title: Taking another role
# description: >-
#   Whether a role can assume another: the other's trust must let it in, and its own policies must allow it. A trust policy
#   that names a role of the same account grants by itself; one that names an account leaves it to that account's policies.
#   Source: IAM user guide, "Policy evaluation logic" and "Granting a user permissions to switch roles".
# schemas:
#   - input: schema.input
package segrego.lib.assume

import data.segrego.lib.iam
import data.segrego.lib.inventory

_action := "sts:assumerole"

# How a role can assume another one of the document; undefined where it cannot. "answer" is "allowed" or "conditional",
# "trust" what let it in: the "role" itself, its "account", or "not read".
path(role, third) := best if {
	not "trust" in third.unread
	ways := {way | some statement in third.trust; way := _way(role, third, statement)}
	open := {way | some way in ways; way.answer == "allowed"}
	best := sort({true: ways, false: open}[count(open) == 0])[0]
	not _is_shut_out(role, third)
}

# A trust policy that was not read may let anybody in; the grant is then what is known.
path(role, third) := path_outside(role, inventory.arn(third)) if "trust" in third.unread

# The same for a role outside the document, by its ARN: nothing is known of its trust.
path_outside(role, arn) := {"answer": "conditional", "trust": "not read", "sid": null, "line": null} if {
	iam.answer(role, _action, arn) != "denied"
}

# Whether a role's trust leaves it to the policies of an account (or of all) who may come: not to named roles alone.
is_left_to_accounts(third) if "trust" in third.unread

is_left_to_accounts(third) if {
	some statement in third.trust
	count(statement.not_principals) > 0
}

is_left_to_accounts(third) if {
	some statement in third.trust
	some principal in statement.principals
	principal.type in {"AWS", "*"}
	not contains(principal.value, ":role/")
}

# A statement of the other's trust that lets the role in, together with the role's own half.
_way(role, third, statement) := {"answer": answer, "trust": by, "sid": statement.sid, "line": statement.line} if {
	statement.effect == "Allow"
	_takes(statement)
	by := _let_in(role, statement)
	condition := _verdict(role, statement)
	condition != "failed"
	own := _own(role, third, by)
	answer := _both(condition, own, _verdicts_of_denies(role, third))
}

_both(condition, own, denies) := "allowed" if {
	condition == "met"
	own == "allowed"
	not "open" in denies
}

_both("open", _, _) := "conditional"

_both(_, "conditional", _) := "conditional"

_both(_, _, denies) := "conditional" if "open" in denies

# The role's own half. Named by the other's trust it needs no grant, unless a boundary or a Deny is in the way.
_own(role, third, _) := answer if {
	answer := iam.answer(role, _action, inventory.arn(third))
	answer != "denied"
}

_own(role, third, "role") := "allowed" if {
	arn := inventory.arn(third)
	iam.answer(role, _action, arn) == "denied"
	role.boundary == null
	_account(inventory.arn(role)) == _account(arn)
	not _is_denied(role, arn)
}

_is_denied(role, arn) if {
	some id in role.policies
	some statement in inventory.policy_by_id[id].statements
	statement.effect == "Deny"
	_takes(statement)
	count(statement.conditions) == 0
	some pattern in statement.resources
	iam.covers(pattern, arn)
}

_is_shut_out(role, third) if "met" in _verdicts_of_denies(role, third)

_verdicts_of_denies(role, third) := {_verdict(role, statement) |
	some statement in third.trust
	statement.effect == "Deny"
	_takes(statement)
	_let_in(role, statement)
}

_takes(statement) if {
	some pattern in statement.actions
	iam.covers(pattern, _action)
}

_takes(statement) if {
	count(statement.not_actions) > 0
	every pattern in statement.not_actions {
		not iam.covers(pattern, _action)
	}
}

# Whether a statement names the role itself, or its account (and so leaves it to that account's policies).
_let_in(role, statement) := "role" if _names_role(role, statement)

_let_in(role, statement) := "account" if {
	not _names_role(role, statement)
	_names_account(role, statement)
}

_names_role(role, statement) if {
	some principal in statement.principals
	principal.type == "AWS"
	principal.value == inventory.arn(role)
}

_names_account(role, statement) if {
	some principal in statement.principals
	_is_account_of(role, principal)
}

_names_account(role, statement) if {
	count(statement.not_principals) > 0
	every principal in statement.not_principals {
		principal.value != inventory.arn(role)
		not _is_account_of(role, principal)
	}
}

_is_account_of(_, principal) if "*" in {principal.type, principal.value}

_is_account_of(role, principal) if {
	principal.type == "AWS"
	replace(principal.value, "${AWS::", "${") == _account(inventory.arn(role))
}

_is_account_of(role, principal) if {
	principal.type == "AWS"
	endswith(principal.value, ":root")
	_account(principal.value) == _account(inventory.arn(role))
}

# The account field of an ARN, in one form: "${AWS::AccountId}" holds colons that are none of the ARN's.
_account(arn) := split(replace(arn, "${AWS::", "${"), ":")[4]

# Whether a statement's conditions are "met" by the role, "failed", or "open": whatever is not about the caller.
_verdict(role, statement) := "failed" if "failed" in _answers(role, statement)

_verdict(role, statement) := "open" if {
	answers := _answers(role, statement)
	not "failed" in answers
	"open" in answers
}

_verdict(role, statement) := "met" if count(_answers(role, statement) - {"met"}) == 0

_answers(role, statement) := {_answer(role, condition) | some condition in statement.conditions}

_answer(role, condition) := {true: "met", false: "failed"}[_likeness[condition.operator] == _is_like(role, condition)] if {
	_is_decidable(condition)
}

_answer(_, condition) := "open" if not _is_decidable(condition)

# Operators that ask whether the key is, or is not, like one of the values.
_likeness := {
	"StringEquals": true,
	"StringEqualsIgnoreCase": true,
	"StringLike": true,
	"ArnEquals": true,
	"ArnLike": true,
	"StringNotEquals": false,
	"StringNotEqualsIgnoreCase": false,
	"StringNotLike": false,
	"ArnNotEquals": false,
	"ArnNotLike": false,
}

_is_decidable(condition) if {
	condition.operator in object.keys(_likeness)
	condition.key in {"aws:principalarn", "aws:principalaccount"}
}

_is_like(role, condition) := count([1 |
	some value in condition.values
	iam.covers(value, _fact(role, condition.key))
]) > 0

_fact(role, "aws:principalarn") := inventory.arn(role)

_fact(role, "aws:principalaccount") := _account(inventory.arn(role))
