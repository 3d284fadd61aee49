# METADATA
# title: Roles that may assume roles
# description: >-
#   Both halves of an assumption: the trust policy of the role that is assumed, and the permissions of the role that
#   assumes. A principal that a trust policy names in its own account needs no permission; whoever an account or everybody
#   stands for does, and so does a principal of another account.
#   Source: IAM user guide, "Granting permissions to create temporary security credentials" and "Cross-account policy
#   evaluation logic".
# schemas:
#   - input: schema.input
package segrego.lib.chains

import data.segrego.lib.access
import data.segrego.lib.iam
import data.segrego.lib.inventory
import data.segrego.lib.principals
import data.segrego.lib.trust

# Role id to the ids of the roles that may assume it; roles that none may are left out.
assumers := {id: roles |
	some id, openings in principals.openings_by_role
	roles := (_named(inventory.role_by_id[id], openings) | _delegated(inventory.role_by_id[id], openings)) - {id}
	count(roles) > 0
}

# The roles that get to a role, at once or through others.
reaching(id) := _reaching_by_roles[assumers[id]] - {id}

# Whatever gets to any of some roles, and they themselves. Many roles are assumed by the same ones.
_reaching_by_roles := {roles: graph.reachable(_graph, roles) | some roles in {roles | some roles in assumers}}

# Only what is a key of the graph is ever reached in it.
_graph := {role.id: object.get(assumers, role.id, set()) | some role in input.roles}

# The roles through which another one gets to a role: empty if it gets there at once.
through(id, from) := set() if assumers[id][from]

through(id, from) := {between | some between in assumers[id]; reaching(between)[from]} if not assumers[id][from]

_named(role, openings) := {trusted.role |
	some opening in openings
	some trusted in role.trusted_roles
	trusted.principal == opening.principal
	trust.can_assume(inventory.role_by_id[trusted.role], role) != "denied"
}

_delegated(role, openings) := {from |
	some opening in openings
	opening.kind in {"account", "anybody"}
	some pattern, roles in _assumers_by_pattern
	iam.covers(pattern, role.arn)
	some from in roles
	principals.is_external(inventory.role_by_id[from], opening.account) != true
	_is_not_denied(from, role)
}

# A grant that names both surely counts where nothing else has a say; every other pair of roles is asked about.
_is_not_denied(from, role) if {
	not _limited_roles[from]
	not _is_limiting(role.trust)
} else if trust.can_assume(inventory.role_by_id[from], role) != "denied"

_is_limiting(trusted) if {
	some statement in trusted
	_is_limited(statement)
}

# Resource patterns of grants to assume roles, to the roles that hold them. Few roles hold any, and fewer patterns differ.
_assumers_by_pattern := _by_pattern

_by_pattern[pattern] contains role.id if {
	some role in input.roles
	some grant in iam.grants(role)
	_assuming_lists[grant.actions]
	some pattern in grant.resources
	iam.level_of(role, grant, "sts:assumerole", pattern) > 0
}

_assuming_lists := {list |
	some list in access.action_lists
	some text in list
	access.matches(text, "sts:assumerole")
}

# The roles whose grants may not be all that decides: others deny, hang on conditions, or limit.
_limited_roles := {role.id |
	some role in input.roles
	some id in role.policies
	_limited_policies[id]
} | {role.id |
	some role in input.roles
	_is_limited_from_outside(role)
}

_limited_policies := {policy.id |
	some policy in input.policies
	some statement in policy.statements
	_is_limited(statement)
}

_is_limited(statement) if statement.effect == "Deny"

_is_limited(statement) if {
	some field in ["conditions", "not_actions", "not_resources"]
	count(statement[field]) > 0
}

_is_limited_from_outside(role) if role.boundary != null

_is_limited_from_outside(role) if count(inventory.account_by_id[inventory.account(role)].service_control) > 0
