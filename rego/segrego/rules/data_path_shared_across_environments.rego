# METADATA
# title: Agents of different environments or data domains share a browser, an interpreter or a knowledge base
# description: >-
#   A knowledge base tells everybody what anybody put into it, and a browser or code interpreter of one's own lends whoever
#   uses it its role, its network and its profiles: a way round roles that are kept apart. It is a finding where the agents
#   are of different environments, or have no data domain in common; within one environment and domain it is ordinary
#   use. The browser and the interpreter that AWS offers to everybody have neither role nor memory, and are none.
# custom:
#   headline: "agents of {crossed} use {subject}: {agents}"
#   severity: low
#   category: isolation
#   requires: [workloads, uses, environments, domains]
#   remediation: Give each environment and each data domain a browser, an interpreter and a knowledge base of its own.
#   example: |
#     Resources:
#       OrdersAgentProd:
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: orders-prod, KnowledgeBases: [{KnowledgeBaseId: !Ref Handbook}]}
#       OrdersAgentStaging:
#         Type: AWS::Bedrock::Agent
#         Properties: {AgentName: orders-staging, KnowledgeBases: [{KnowledgeBaseId: !Ref Handbook}]}
#   controls:
#     owasp-nhi-2025: [NHI8]
#     owasp-agentic-2026: [ASI06]
#     nist-800-53-r5: [AC-6]
#     nist-ai-rmf-1.0: [MAP 4.2]
#     csa-maestro-2025: [L2, L4, T1]
#     mitre-atlas-5.6.0: [AML.M0032]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.data_path_shared_across_environments

import data.segrego.lib.boundaries
import data.segrego.lib.severity
import data.segrego.lib.uses

deny contains {
	"subject": thing,
	"severity": severity.at(1 + severity.if_production(boundaries.environments(agents))),
	"related": sort(agents),
	"evidence": {
		"agents": uses.shown(agents),
		"crossed": array.concat(crossed.environments, crossed.domains),
		"environments": crossed.environments,
		"domains": crossed.domains,
	},
} if {
	some thing, agents in uses.by_several({"browser", "code_interpreter", "knowledge_base"})
	not _is_of_aws(thing)
	crossed := boundaries.crossed(agents)
}

_is_of_aws(thing) if startswith(thing, "aws.")

_is_of_aws(thing) if contains(thing, ":aws:browser/")

_is_of_aws(thing) if contains(thing, ":aws:code-interpreter/")
