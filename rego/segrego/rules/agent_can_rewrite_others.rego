# METADATA
# title: An agent can rewrite another agent
# description: >-
#   The role of an agent, or of a tool that it calls, may replace what another agent is: its definition, prompt or
#   guardrail, its tools' code, the object or image that it is deployed from, or its role. Whoever leads the first agent
#   astray then has the second one's rights too, however well their roles are kept apart. Rights over the agent's own parts
#   are no finding here. Where one pattern names very many things, their number is given with the first few. What only a
#   resource's own policy lets the role do is not looked at.
# custom:
#   headline: "{rewriters} can rewrite {others} through {subject}"
#   severity: high
#   category: isolation
#   requires: [workloads, bindings, tools, uses, code, policies, actions]
#   remediation: >-
#     Take these actions out of the role. Agents are deployed by a pipeline with a role of its own that no agent holds; an
#     agent that must write objects gets a bucket that nothing is deployed from.
#   example: |
#     Resources:
#       ReportsRole: # of the reports agent; the billing agent's refund tool is deployed from the same bucket
#         Type: AWS::IAM::Role
#         Properties:
#           Policies:
#             - PolicyName: reports
#               PolicyDocument:
#                 Statement:
#                   - {Effect: Allow, Action: "s3:PutObject", Resource: !Sub "${ArtifactBucket.Arn}/*"}
#   controls:
#     owasp-nhi-2025: [NHI5]
#     owasp-agentic-2026: [ASI03, ASI04]
#     owasp-agentic-threats-1.0: [T3, T9]
#     nist-800-53-r5: [AC-5, AC-6]
#     nist-ai-rmf-1.0: [MAP 4.2, MEASURE 2.7]
#     csa-maestro-2025: [L4, L6, L7, T1]
#     mitre-atlas-5.6.0: [AML.T0081, AML.M0026]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.agent_can_rewrite_others

import data.segrego.lib.access
import data.segrego.lib.iam
import data.segrego.lib.inventory
import data.segrego.lib.reach
import data.segrego.lib.severity

# Things of one kind that one pattern may name before they are counted instead of listed.
_most := 20

deny contains {
	"subject": role.id,
	"severity": severity.at(_level(ways)),
	"related": sort(object.keys(inventory.holders(role)) | {id | some way in ways; some id in way.agents}),
	"evidence": {
		"agents": [inventory.member(role, id) | some id in sort(object.keys(inventory.holders(role)))],
		"rewriters": _names(rewriters),
		"others": _names({id | some way in ways; some id in way.agents}),
		"unlisted": sum([way.unlisted | some way in ways]),
		"rewrites": sort(ways),
	},
} if {
	some role in input.roles
	grants := _rewriting_grants(role)
	count(grants) > 0
	rewriters := _rewriters(role)
	count(rewriters) > 0
	ways := {way |
		some [grant, actions] in grants
		some resource in grant.resources
		some group in reach.groups(role, grant, resource)
		asked := {action | some action in actions; data.segrego.tables.rewrites[action].target == group.kind}
		count(asked) > 0
		_can_cross(group)
		some way in _ways(role, rewriters, grant, resource, group, asked)
	}
	count(ways) > 0
}

# Another account's things are in reach only where they can have a policy of their own that lets the role in.
_can_cross(group) if not group.foreign

_can_cross(group) if group.kind in {"ecr_repository", "lambda_function", "s3_bucket", "s3_object"}

_names(ids) := sort({inventory.workload_by_id[id].name | some id in ids})

# The agents that act through a role: those that hold it, and those that call a tool or a gateway that does.
_rewriters(role) := {agent |
	some holder, family in inventory.holders(role)
	family in {"agent", "flow", "function", "gateway"}
	some agent in inventory.agents_behind[holder]
}

_rewriting_grants(role) := [[grant, actions] |
	some grant in iam.grants(role)
	actions := _rewriting_by_list[grant.actions]
]

# Action list to the rewriting actions that it names; lists without any are left out.
_rewriting_by_list := {list: actions |
	some list in access.action_lists
	actions := {action | some text in list; some action in _rewriting[text]}
	count(actions) > 0
}

_rewriting := {pattern.pattern: actions |
	some pattern in input.actions
	actions := {action | some action, _ in data.segrego.tables.rewrites; access.matches(pattern.pattern, action)}
}

# Few things: each is asked for by itself.
_ways(role, rewriters, grant, resource, group, asked) := {way |
	some thing in reach.named(group).things
	others := _others(rewriters, reach.agents_of(thing))
	count(others) > 0
	answers := {action: answer |
		some action in asked
		answer := iam.answer(role, action, _asked_on(action, thing, resource))
		answer != "denied"
	}
	count(answers) > 0
	way := _way(grant, resource, _halved(answers, group), thing, {"agents": sort(others), "unlisted": 0})
} if {
	count(reach.named(group).things) <= _most
}

# Many things: the pattern is asked for as a whole.
_ways(role, rewriters, grant, resource, group, asked) := {way |
	found := reach.named(group)
	own := {agent | some agent in rewriters; found.agents[agent]; count(rewriters) == 1}
	number := count(found.agents) - count(own)
	number > 0
	answers := {action: answer |
		some action in asked
		answer := iam.answer(role, action, resource)
		answer != "denied"
	}
	count(answers) > 0
	shown := {agent | some agent in found.first} - own
	way := _way(grant, resource, _halved(answers, group), {"kind": group.kind, "arn": resource}, {
		"agents": sort(shown),
		"unlisted": number - count(shown),
	})
} if {
	count(reach.named(group).things) > _most
}

# Of several agents on the role each can rewrite the others; one alone can rewrite all but itself.
_others(rewriters, agents) := agents - rewriters if count(rewriters) == 1

_others(rewriters, agents) := agents if count(rewriters) > 1

# An action on a part of a thing, or on a thing without a known ARN, is asked for on what the grant names.
_asked_on(action, thing, resource) := thing.arn if {
	thing.arn != null
	not data.segrego.tables.rewrites[action].part
} else := resource

# In another account the grant is one half; the policy there, the other, is not looked at.
_halved(answers, group) := answers if not group.foreign

_halved(answers, group) := {action: "conditional" | some action, _ in answers} if group.foreign

_way(grant, resource, answers, thing, whom) := {
	"kind": thing.kind,
	"target": thing.arn,
	"actions": sort(object.keys(answers)),
	"answer": _answer(answers),
	"agents": whom.agents,
	"unlisted": whom.unlisted,
	"resource": resource,
	"policy": grant.policy,
	"file": grant.file,
	"line": grant.line,
}

_answer(answers) := "allowed" if "allowed" in {answer | some answer in answers}

_answer(answers) := "conditional" if not "allowed" in {answer | some answer in answers}

# Another's role is that other's rights at once; what only a condition allows is less.
_level(ways) := max({_level_of(way) | some way in ways})

_level_of(way) := 2 if way.answer == "conditional"

_level_of(way) := 4 if {
	way.answer == "allowed"
	way.kind in {"role", "policy"}
}

_level_of(way) := 3 if {
	way.answer == "allowed"
	not way.kind in {"role", "policy"}
}
