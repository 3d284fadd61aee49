# METADATA
# title: Agents share a role by assuming it
# description: >-
#   Agents with roles of their own can all assume one further role, so they share that one after all: what it may do, each
#   of them may do, and behind it the calls of one agent look like another's. Both halves are looked at: the further role's
#   trust must let the agents' roles in, and their policies must allow sts:AssumeRole. Where the trust was not read (a role
#   of another account) the grants alone speak. A further role that is itself an agent's is one agent becoming another, and
#   not said here.
# custom:
#   headline: "{names} can assume {subject}"
#   severity: medium
#   category: isolation
#   requires: [workloads, bindings, trust, policies, actions]
#   remediation: >-
#     Give every agent a role of its own to assume, whose trust names that one agent's role. Where they must assume the same
#     one, require a source identity or a session tag for each agent in its trust policy, and let its permissions depend on
#     it.
#   example: |
#     Resources:
#       LedgerAccess: # the roles of the orders agent and of the billing agent may both assume this one
#         Type: AWS::IAM::Role
#         Properties:
#           AssumeRolePolicyDocument:
#             Statement:
#               - Effect: Allow
#                 Principal: {AWS: [!GetAtt OrdersRole.Arn, !GetAtt BillingRole.Arn]}
#                 Action: sts:AssumeRole
#   controls:
#     owasp-nhi-2025: [NHI9]
#     owasp-agentic-2026: [ASI03]
#     owasp-agentic-threats-1.0: [T3, T8]
#     nist-800-53-r5: [AC-6, AU-10]
#     nist-ai-rmf-1.0: [MAP 4.2, MEASURE 2.8]
#     csa-maestro-2025: [L6, L7, T1]
#     mitre-atlas-5.6.0: [AML.T0012, AML.M0032]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.role_shared_by_chaining

import data.segrego.lib.access
import data.segrego.lib.boundaries
import data.segrego.lib.iam
import data.segrego.lib.inventory
import data.segrego.lib.severity
import data.segrego.lib.trust

# Roles that are looked at for one further role: those named or granted it, and those granted everything. The number of
# those left out is said.
_most := 100

deny contains {
	"subject": chain.role,
	"severity": severity.at(_level(chain.role, agents, paths)),
	"related": sort({path.role_id | some path in paths} | agents),
	"evidence": {
		"agents": [inventory.described(id) | some id in sort(agents)],
		"names": sort([inventory.workload_by_id[id].name | some id in agents]),
		"paths": sort({object.remove(path, ["role_id"]) | some path in paths}),
		"unlisted": max({0, count(chain.assumers) - _most}) + max({0, anywhere.count - _most}),
	},
} if {
	some chain in input.role_chains
	not _is_governed(chain.role)
	anywhere := _anywhere(chain.role)
	looked_at := {id | some id in array.slice(chain.assumers, 0, _most)} | {id | some id in anywhere.first}
	paths := {shown |
		some id in (looked_at - {chain.role})
		role := inventory.role_by_id[id]
		some_agents := _agents_on(role)
		count(some_agents) > 0
		path := _path(role, chain.role)
		shown := object.union(path, {"role_id": id, "role": inventory.address(role), "agents": sort(some_agents)})
	}
	count(paths) > 1
	agents := {agent | some path in paths; some agent in path.agents}
	count(agents) > 1
	not inventory.same_class(agents)
}

_is_governed(id) if inventory.is_governed(inventory.role_by_id[id])

# Both halves for a role of the document. For one outside, or whose trust was not read, the grant is all that is known.
_path(role, third) := {"answer": answer, "trust": "read"} if {
	known := inventory.role_by_id[third]
	not "trust" in known.unread
	answer := trust.can_assume(role, known)
	answer != "denied"
}

_path(role, third) := {"answer": "conditional", "trust": "not read"} if {
	_is_not_read(third)
	iam.answer(role, "sts:assumerole", _arn(third)) != "denied"
}

_is_not_read(third) if not inventory.role_by_id[third]

_is_not_read(third) if "trust" in inventory.role_by_id[third].unread

_arn(third) := arn if {
	arn := inventory.arn(inventory.role_by_id[third])
} else := third

# The agents that hold a role, and those behind the tools and gateways that do.
_agents_on(role) := {agent |
	some holder, family in inventory.holders(role)
	family in {"agent", "flow", "function", "gateway"}
	some agent in inventory.agents_behind[holder]
}

# Roles of a further role's account that are granted sts:AssumeRole on everything, where its trust leaves it to the
# account who may come.
_anywhere(third) := object.get(_granted_everything, _account(inventory.role_by_id[third]), _nobody) if {
	_is_left_to_accounts(inventory.role_by_id[third])
}

_anywhere(third) := _nobody if not _leaves_it_to_accounts(third)

_nobody := {"count": 0, "first": []}

_leaves_it_to_accounts(third) if _is_left_to_accounts(inventory.role_by_id[third])

_is_left_to_accounts(role) if "trust" in role.unread

_is_left_to_accounts(role) if {
	some statement in role.trust
	count(statement.not_principals) > 0
}

_is_left_to_accounts(role) if {
	some statement in role.trust
	some principal in statement.principals
	principal.type in {"AWS", "*"}
	not contains(principal.value, ":role/")
}

_granted_everything := {account: {"count": count(roles), "first": array.slice(sort(roles), 0, _most)} |
	some account in {found | some found in _accounts}
	roles := [id | some id, found in _accounts; found == account]
}

_accounts := {role.id: _account(role) |
	some role in input.roles
	some grant in iam.grants(role)
	_assuming[grant.actions]
	"*" in grant.resources
}

default _account(_) := ""

_account(role) := inventory.account(role)

_assuming := {list |
	some list in access.action_lists
	some text in list
	access.matches(text, "sts:assumerole")
}

_level(third, agents, paths) := (_level_of(third) + count([1 | boundaries.crossed(agents)])) - count([1 | _is_unsure(paths)])

_level_of(third) := severity.of_role(inventory.role_by_id[third])

_level_of(third) := 3 if not inventory.role_by_id[third]

_is_unsure(paths) if {
	every path in paths {
		path.answer == "conditional"
	}
}
