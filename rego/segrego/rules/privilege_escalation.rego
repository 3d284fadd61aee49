# METADATA
# title: The role can give itself more
# description: >-
#   With what the role is granted, whoever drives the agent can take further rights: pass a role to something that it
#   makes, change code that runs under another role, write a policy, assume another role, point an agent at another
#   role, or take another workload's identity token. The path shows the grants that it needs. The list of paths is
#   policy data (tables/data.yaml). A full-access policy of AWS that leaves nothing to take (AdministratorAccess,
#   IAMFullAccess) is told by full_access_policy alone, as long as that is run; for the others the path is what this
#   finding adds.
# custom:
#   headline: "{subject} can raise its own rights: {paths}"
#   severity: critical
#   category: least-privilege
#   requires: [workloads, bindings, policies, boundary, actions]
#   remediation: >-
#     Take one step of each path out of the role: usually iam:PassRole, or the right to change what runs under another
#     role. Name the one role and the one function where the agent truly needs it.
#   example: |
#     Statement:
#       - {Effect: Allow, Action: ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], Resource: "*"}
#   controls:
#     owasp-nhi-2025: [NHI5]
#     owasp-agentic-2026: [ASI03]
#     nist-800-53-r5: [AC-6, AC-5]
# schemas:
#   - input: schema.input
package segrego.rules.privilege_escalation

import data.segrego.lib.access
import data.segrego.lib.full_access
import data.segrego.lib.iam
import data.segrego.lib.inventory

deny contains {
	"subject": role.id,
	"severity": _severity(paths),
	"related": sort(object.keys(inventory.holders(role))),
	"evidence": {
		"paths": [path | some path in paths],
		"workloads": sort(object.keys(inventory.holders(role))),
	},
} if {
	some role in input.roles
	names := _complete[_steps(role)]
	inventory.is_governed(role)
	not full_access.is_boundless(role)
	granted := _granted(role, names)
	paths := sort({path |
		some name in names
		entry := data.segrego.tables.escalation[name]
		every action in entry.actions {
			granted[action]
		}
		path := {
			"name": name,
			"takes": entry.takes,
			"severity": object.get(entry, "severity", "critical"),
			"conditional": "conditional" in {granted[action].how | some action in entry.actions},
			"steps": [object.union({"action": action}, granted[action].step) | some action in entry.actions],
		}
	})
	count(paths) > 0
}

# Steps that some role's policies name to the paths that are complete with them. Roles name few combinations of steps, and
# most complete no path: only the others need a closer look.
_complete := {steps: names |
	some steps in {_steps(role) | some role in input.roles}
	names := {name |
		some name, entry in data.segrego.tables.escalation
		every action in entry.actions {
			steps[action]
		}
	}
	count(names) > 0
}

_steps(role) := {step | some id in role.policies; some step in _steps_of_policy[id]}

_steps_of_policy := {policy.id: steps |
	some policy in input.policies
	steps := {step |
		some statement in policy.statements
		statement.effect == "Allow"
		some step in _steps_of_list[access.everything_if_empty(statement.actions)]
	}
	count(steps) > 0
}

_actions := {action | some _, entry in data.segrego.tables.escalation; some action in entry.actions}

# Action list to the steps that it grants, where it grants any.
_steps_of_list := {list: steps |
	some list in access.action_lists
	steps := {action | some text in list; some action in _actions; access.matches(text, action)}
	count(steps) > 0
}

# Step to how the role is granted it, and by which statement: a grant without conditions before one with.
_granted(role, names) := {action: found[0] |
	some action in {action | some name in names; some action in data.segrego.tables.escalation[name].actions}
	found := [grant | some how in ["plain", "conditional"]; some grant in _grants_of(role, action); grant.how == how]
	count(found) > 0
}

_grants_of(role, action) := [{"how": how, "step": step} |
	some grant in iam.grants(role)
	_steps_of_list[grant.actions][action]
	some resource in grant.resources
	_is_of(action, resource)
	_counts(action, resource)
	how := _hows[iam.level_of(role, grant, action, resource)]
	step := {"resource": resource, "policy": grant.policy, "file": grant.file, "line": grant.line}
]

# By level; a grant that is surely denied is none.
_hows := {1: "conditional", 2: "plain"}

# An ARN whose service is written out and is not the step's gives nothing of it, whatever the list of actions holds.
_is_of(_, resource) if not regex.match(`^arn:[^:*?]+:[a-z0-9-]+:`, resource)

_is_of(action, resource) if {
	service := split(resource, ":")[2]
	service in object.get(data.segrego.tables.escalation_services, [action, "services"], [split(action, ":")[0]])
}

# Some steps are harmless on the one resource that a grant names (its own function, its own workload identity, the one
# role it is made to assume), and count where a wildcard takes in what is somebody else's.
_counts(action, _) if not data.segrego.tables.escalation_needs_wildcard[action]

_counts(action, resource) if {
	data.segrego.tables.escalation_needs_wildcard[action]
	regex.match(`^\*$|^arn:(?:(?:[^:{]|\{[^}]*\})*:){4,5}(?:[a-z-]+[:/])?\*$|^arn:.*[:/]\*$`, resource)
}

# That of the worst path; one that hangs on a condition is a step less bad.
_severity(paths) := _order[min([rank | some path in paths; rank := _rank(path)])]

_order := ["critical", "high", "medium", "low"]

_rank(path) := index + 1 if {
	path.conditional
	some index, severity in _order
	severity == path.severity
}

_rank(path) := index if {
	not path.conditional
	some index, severity in _order
	severity == path.severity
}
