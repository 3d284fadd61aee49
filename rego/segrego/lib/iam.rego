# METADATA
# title: What a role may do
# description: >-
#   The grants of a role's identity policies, less what its denials, its permissions boundary and service control take
#   away (remainders.rego), and the exact answer for one action on one resource. What nobody can decide (a condition, a
#   text that is not resolved) makes a grant conditional.
#   Source: IAM user guide, "Policy evaluation logic".
# schemas:
#   - input: schema.input
package segrego.lib.iam

import data.segrego.lib.access
import data.segrego.lib.conditions
import data.segrego.lib.inventory
import data.segrego.lib.remainders
import data.segrego.lib.restrictions
import data.segrego.lib.statements
import data.segrego.lib.text

# Policy id to its Allow statements, as grants. NotAction grants everything but what it names, and is read as everything.
grants_by_policy := {policy.id: grants |
	some policy in input.policies
	file := inventory.place(policy).file
	grants := [grant |
		some statement in policy.statements
		statement.effect == "Allow"
		grant := {
			"policy": policy.name,
			"policy_id": policy.id,
			"sid": statement.sid,
			"file": file,
			"line": statement.line,
			"actions": access.everything_if_empty(statement.actions),
			"except_actions": statement.not_actions,
			"resources": access.everything_if_empty(statement.resources),
			"except_resources": statement.not_resources,
			"conditions": statement.conditions,
			"conditional": _is_conditional(statement),
		}
	]
}

default _is_conditional(_) := false

_is_conditional(statement) if some _ in statement.conditions

# What a role holds: the grants of its policies. Where restrictions or conditions that can be decided make a difference to
# one, it has "effects" of its own, of its resources those that anything is left on, and is conditional if nothing is sure.
grants(role) := _grants_by_role[role.id]

# Worked out once for a role, since most rules ask; a role of one policy has that policy's own list.
_grants_by_role := {role.id: _held(role) | some role in input.roles}

_held(role) := [_left(role, grant) | some id in role.policies; some grant in grants_by_policy[id]] if {
	_may_differ(role)
} else := grants_by_policy[role.policies[0]] if {
	count(role.policies) == 1
} else := [grant | some id in role.policies; some grant in grants_by_policy[id]]

_may_differ(role) if restrictions.scope_by_role[role.id]

_may_differ(role) if {
	some id in role.policies
	_decided[id]
}

_left(role, grant) := made if {
	_is_touched(role, grant)
	effects := access.effects_by_list[grant.actions]
	count(effects) > 0
	by_resource := [[resource, left] |
		some resource in grant.resources
		left := remainders.left(_request(role, grant, resource), grant, effects, 1)
		count(left) > 0
	]
	made := _unless_same(grant, effects, {
		"effects": _united([left | some [_, left] in by_resource]),
		"resources": [resource | some [resource, _] in by_resource],
		"conditional": count([1 | some [resource, _] in by_resource; _is_sure(role, grant, effects, resource)]) == 0,
	})
} else := grant

_unless_same(grant, effects, made) := grant if {
	made == {"effects": effects, "resources": grant.resources, "conditional": grant.conditional}
} else := object.union(grant, made)

_united(lefts) := lefts[0] if {
	count(lefts) == 1
} else := {class: names |
	some class in access.classes
	names := union({left[class] | some left in lefts})
	count(names) > 0
}

_is_sure(role, grant, effects, resource) if {
	count(remainders.left(_request(role, grant, resource), grant, effects, 2)) > 0
}

# A policy variable without a value matches nothing, and no resource is left where all are excepted.
_request(role, grant, resource) := {"role": role, "resource": resolved} if {
	resolved := conditions.resolved({"role": role, "resource": resource}, resource)
	count([1 | some except in grant.except_resources; text.covers(except, resolved)]) == 0
}

_is_touched(role, grant) if restrictions.may_apply(role, grant)

_is_touched(_, grant) if _can_be_decided(grant)

# Policies with a grant that hangs on what the inventory may know of the role or the resource.
_decided := {id |
	some id, grants in grants_by_policy
	some grant in grants
	_can_be_decided(grant)
}

_can_be_decided(grant) if some _ in grant.except_actions

_can_be_decided(grant) if some _ in grant.except_resources

_can_be_decided(grant) if {
	some condition in grant.conditions
	conditions.may_be_known(condition)
}

_can_be_decided(grant) if {
	some resource in grant.resources
	contains(resource, "${aws:")
}

# Class to the names of the actions that a role's grant gives to it. "*" stands for everything.
effects(_, grant) := grant.effects if {
	grant.effects
} else := found if {
	found := access.effects_by_list[grant.actions]
}

# The same, less what every workload of the family needs in order to run at all.
gains(_, grant, family) := access.beyond_baseline(family, grant.effects) if {
	grant.effects
} else := gains if {
	gains := access.gains_by_list[family][grant.actions]
}

# The classes of a grant's gains, sorted.
gain_classes(role, grant, family) := sort(object.keys(gains(role, grant, family))) if {
	grant.effects
} else := classes if {
	classes := access.gain_classes_by_list[family][grant.actions]
}

# The classes of all that a role's grants give beyond what a workload of the family needs in order to run. Of most roles
# the policies are gone through once each.
gained_classes(role, family) := {class |
	some id in role.policies
	some list, _ in access.lists_by_policy[id]
	some class in access.gain_classes_by_list[family][list]
} if {
	not _may_differ(role)
}

gained_classes(role, family) := {class |
	some grant in grants(role)
	some class in gain_classes(role, grant, family)
} if {
	_may_differ(role)
}

# How surely (2, 1, 0) a role's grant gives it an action on one of the grant's resources.
level_of(role, grant, action, resource) := remainders.level(object.union(request, {"action": action}), grant) if {
	_grants_action(grant, action)
	request := _request(role, grant, resource)
} else := 0

_grants_action(grant, action) if {
	some text in grant.actions
	access.matches(text, action)
	count([1 | some except in grant.except_actions; access.matches(except, action)]) == 0
}

# Whether a role may do an action (its name in lower case) on a resource (its ARN, the expression that stands for it, or "*"
# for an action that knows none):
#
#   "allowed"      by every policy that has a say: the role's own or the resource's, the boundary, and every level of
#                  service control; and nothing denies it.
#   "denied"       something denies it, or one of these does not allow it.
#   "conditional"  it hangs on a condition, a policy variable or a part of a text that the inventory cannot decide, on a
#                  boundary or a service control policy that was not read, or on the policy of another account's resource.
#
# A policy of the role that was not read grants nothing: a gap tells of it. Source: IAM user guide, "Policy evaluation
# logic" and "Cross-account policy evaluation logic".
answer(role, action, resource) := answers[level(request, _resource_side(request))] if {
	request := {"role": role, "action": action, "resource": resource}
}

# What a level means: 0, 1, 2.
answers := ["denied", "conditional", "allowed"]

# The level of a request, given what the resource's own policy says of it.
level(request, side) := min({
	_allowed_by_sides(request, side),
	_allowed_by_boundary(request),
	2 - side.denied,
	2 - statements.most("Deny", _policies(request.role.policies), request),
} | _service_control(request))

_policies(ids) := [inventory.policy_by_id[id] | some id in ids]

# A boundary limits, and does not grant.
_allowed_by_boundary(request) := 2 if request.role.boundary == null

_allowed_by_boundary(request) := _limit(_policies([request.role.boundary]), request) if request.role.boundary != null

# Every level of the organization must allow. A level without policies was not read: AWS keeps one at each.
_service_control(request) := {limit |
	account := inventory.account_by_id[statements.account_of(request.role)]
	not account.management
	some ids in account.service_control
	limit := _limit(_policies(ids), request)
}

_limit(policies, request) := min([_permitted(policies, request), 2 - statements.most("Deny", policies, request)])

_permitted(policies, request) := statements.most("Allow", policies, request) if statements.are_read(policies)

_permitted(policies, request) := max([1, statements.most("Allow", policies, request)]) if not statements.are_read(policies)

# Within an account either side may allow, unless the resource's policy must ("required": key policies, which
# may leave it to the account's own policies). Between accounts both must.
_allowed_by_sides(request, side) := _both_ways(statements.most("Allow", _policies(request.role.policies), request), side)

_both_ways(identity, side) := _within(identity, side) if side.same == 2

_both_ways(identity, side) := _between(identity, side) if side.same == 0

_both_ways(identity, side) := _if_alike(_within(identity, side), _between(identity, side)) if side.same == 1

_if_alike(within, between) := within if within == between

_if_alike(within, between) := 1 if within != between

_within(identity, side) := max([identity, side.direct]) if not side.required

_within(identity, side) := max([side.direct, min([identity, side.delegated])]) if side.required

_between(identity, side) := min([identity, max([side.direct, side.delegated])])

# What is said on the resource's side. Policies that were not read grant nothing in the role's own account, and may grant
# from another.
_resource_side(request) := {
	"same": statements.same_account(request.role, request.resource),
	"required": required,
	"direct": said.direct,
	"delegated": max([unread, said.delegated]),
	"denied": said.denied,
} if {
	policies := statements.resource_policies(request.resource)
	said := statements.side([statement | some policy in policies; some statement in policy.statements], request)
	unread := count([1 | not statements.are_read(policies)])
	required := _needs_resource_policy(policies, request)
}

# Key policies alone give access to a key, by themselves or by leaving it to the account.
default _needs_resource_policy(_, _) := false

_needs_resource_policy(policies, request) if {
	startswith(request.action, "kms:")
	count(policies) > 0
}

# Whether a pattern surely matches the whole of a text (which may itself be a pattern).
covers(pattern, resource) if text.covers(pattern, resource)

# Whether a resource pattern has a wildcard outside the "${…}" of a text that is not resolved, which has none.
is_wildcard(resource) if text.has_wildcard(resource)
