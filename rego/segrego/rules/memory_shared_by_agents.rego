# METADATA
# title: Agents share a memory
# description: >-
#   Agents that are configured with one AgentCore memory read what the others wrote: one that was led astray leaves
#   instructions and false facts for the rest, long after its own session. Agents whose roles cannot write to the memory
#   poison nobody; where every write hangs on a condition (a namespace, an actor) the finding is low.
# custom:
#   headline: "{agents} share the memory {subject}"
#   severity: medium
#   category: isolation
#   requires: [workloads, bindings, uses]
#   remediation: >-
#     Give every agent a memory of its own. Where agents must share one, let a condition on bedrock-agentcore:namespace or
#     bedrock-agentcore:actorId in each role's policy keep what each may write apart.
#   example: |
#     Resources:
#       TriageHarness:
#         Type: AWS::BedrockAgentCore::Harness
#         Properties: {Memory: {AgentCoreMemoryConfiguration: {Arn: !GetAtt Memory.MemoryArn}}}
#       RefundHarness:
#         Type: AWS::BedrockAgentCore::Harness
#         Properties: {Memory: {AgentCoreMemoryConfiguration: {Arn: !GetAtt Memory.MemoryArn}}}
#   controls:
#     owasp-agentic-2026: [ASI06]
#     nist-800-53-r5: [AC-6]
#     nist-ai-rmf-1.0: [MAP 4.2]
#     csa-maestro-2025: [L2, L7, T1]
#     mitre-atlas-5.6.0: [AML.M0032]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.memory_shared_by_agents

import data.segrego.lib.boundaries
import data.segrego.lib.iam
import data.segrego.lib.inventory
import data.segrego.lib.severity
import data.segrego.lib.uses

deny contains {
	"subject": memory,
	"severity": severity.at(_level(agents, writes)),
	"related": sort(agents),
	"evidence": {
		"agents": [object.union(shown, {"writes": writes[shown.id]}) | some shown in uses.shown(agents)],
		"environments": sort(boundaries.environments(agents)),
	},
} if {
	some memory, agents in uses.by_several({"memory"})
	not inventory.same_class(agents)
	writes := {id: _writes(inventory.workload_by_id[id], memory) | some id in agents}
	count([1 | some answer in writes; answer != "denied"]) > 0
}

_level(agents, writes) := (1 + count([1 | _is_open(writes)])) + count([1 | boundaries.crossed(agents)])

_is_open(writes) if {
	some answer in writes
	answer in {"allowed", "not known"}
}

# Whether an agent may write to a memory, by the most that one of its roles lets it.
_writes(workload, memory) := answers[0] if {
	answers := [answer | some answer in ["not known", "allowed", "conditional", "denied"]; answer in _answers(workload, memory)]
}

_answers(workload, memory) := ({answer |
	some binding in workload.bindings
	role := inventory.role_by_id[binding.role]
	some action, _ in data.segrego.tables.memory_writes
	answer := iam.answer(role, action, _arn(memory))
} | {"not known" | some binding in workload.bindings; severity.is_unread(inventory.role_by_id[binding.role])}) | {"not known" |
	count(workload.bindings) == 0
}

_arn(memory) := inventory.arn(inventory.workload_by_id[memory])

_arn(memory) := memory if not inventory.workload_by_id[memory]
