# METADATA
# title: Managed policies that give full access
# description: >-
#   AWS's own policies that give everything of a service or of an account. One finding (full_access_policy) tells of such a
#   policy; rules about what it grants leave it to that one, where it is run.
# schemas:
#   - input: schema.input
package segrego.lib.full_access

import data.segrego.lib.selection

# Id to name, by AWS's own naming.
policies := {policy.id: policy.name |
	some policy in input.policies
	policy.kind == "aws_managed"
	_is_full(policy.name)
}

_is_full(name) if contains(name, "FullAccess")

_is_full(name) if administrators[name]

# Those that give everything, or the means to take it.
administrators := {"AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "AdministratorAccess-Amplify"}

_boundless := {"AdministratorAccess", "IAMFullAccess"}

# Whether another finding tells of all that a grant gives.
is_told(grant) if {
	selection.is_selected("full_access_policy")
	policies[grant.policy_id]
}

# Whether another finding tells that the role has, or can take, every right there is.
is_boundless(role) if {
	selection.is_selected("full_access_policy")
	some id in role.policies
	_boundless[policies[id]]
}
