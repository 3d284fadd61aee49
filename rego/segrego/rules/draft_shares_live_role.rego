# METADATA
# title: A draft runs under another agent's live role
# description: >-
#   The working draft of one agent or flow holds a role that the live version of another one runs under. A draft is what
#   anybody with access to the console tries out, without review, and it acts with what production was granted. An agent's
#   own draft beside its own versions is no sharing; nor is said here again that two live versions share a role.
# custom:
#   headline: "the drafts of {drafts} run under {subject}, the live role of {live}"
#   severity: high
#   category: isolation
#   requires: [workloads, bindings]
#   remediation: Give the draft's agent a role of its own, and promote it with that role.
#   example: |
#     Resources:
#       OrdersAgent:
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: orders, AgentResourceRoleArn: !GetAtt AgentRole.Arn}
#       OrdersLive:
#         Type: AWS::Bedrock::AgentAlias
#         Properties: {AgentId: !Ref OrdersAgent, AgentAliasName: live}
#       TrialAgent: # has no alias: a draft alone
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: trial, AgentResourceRoleArn: !GetAtt AgentRole.Arn}
#   controls:
#     owasp-nhi-2025: [NHI8, NHI9]
#     owasp-agentic-2026: [ASI03]
#     owasp-agentic-threats-1.0: [T3]
#     nist-800-53-r5: [AC-6]
#     nist-ai-rmf-1.0: [MAP 4.2]
#     csa-maestro-2025: [L4, L6, T1]
#     mitre-atlas-5.6.0: [AML.M0032]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.draft_shares_live_role

import data.segrego.lib.boundaries
import data.segrego.lib.inventory
import data.segrego.lib.severity

deny contains {
	"subject": role.id,
	"severity": severity.at(severity.of_role(role) + severity.if_production(boundaries.environments(drafts | live))),
	"related": sort(members),
	"evidence": {
		"members": [inventory.member(role, id) | some id in sort(members)],
		"drafts": sort([inventory.workload_by_id[id].name | some id in drafts]),
		"live": sort([inventory.workload_by_id[id].name | some id in live]),
		"access": sort(severity.access_of(role)),
	},
} if {
	some role in input.roles
	live := {binding.workload | some binding in role.bindings; binding.slot != "draft"; _is_executor(binding)}
	drafts := {binding.workload | some binding in role.bindings; _is_executor(binding)} - live
	count(live) > 0
	count(drafts) > 0
	members := drafts | live
	not inventory.same_class(members)
}

_is_executor(binding) if inventory.family(binding.kind) in inventory.executor_families
