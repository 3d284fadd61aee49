# METADATA
# title: A retrieval agent can mutate
# description: >-
#   An agent that only retrieves holds a role that can write, execute or administer. What it reads (a document, a web
#   page, an answer of a tool) can then make it change something. A retrieval agent is one whose purpose is declared so,
#   or a Classic agent that has a knowledge base and no tool, collaborator or flow that could change anything.
# custom:
#   headline: "{subject} retrieves, and can {access}"
#   severity: high
#   category: least-privilege
#   requires: [workloads, bindings, tools, policies, actions]
#   remediation: >-
#     Take every action but the retrieval out of the agent's role; what must be changed belongs in a tool of another
#     agent, under a role of its own.
#   example: |
#     Resources:
#       HandbookRole: # the role of an agent that has a knowledge base and no tools
#         Type: AWS::IAM::Role
#         Properties:
#           Policies:
#             - PolicyName: access
#               PolicyDocument:
#                 Statement:
#                   - {Effect: Allow, Action: [bedrock:Retrieve, s3:PutObject], Resource: "*"}
#   controls:
#     owasp-nhi-2025: [NHI5]
#     owasp-agentic-2026: [ASI02, ASI03]
#     nist-800-53-r5: [AC-5, AC-6]
#     owasp-agentic-threats-1.0: [T3]
#     nist-ai-rmf-1.0: [MAP 4.2]
#     csa-maestro-2025: [L2, L6]
#     mitre-atlas-5.6.0: [AML.T0086, AML.M0026, AML.M0028]
#     aws-agentic-ai-lens: [AGENTSEC03]
# schemas:
#   - input: schema.input
package segrego.rules.retrieval_can_mutate

import data.segrego.lib.access
import data.segrego.lib.iam
import data.segrego.lib.inventory

deny contains {
	"subject": workload.id,
	"severity": _severity(grants),
	"related": [],
	"evidence": {
		"roles": sort({grant.role | some grant in grants}),
		"basis": basis,
		"access": sort({class | some grant in grants; some class in grant.access}),
		"grants": sort(grants),
	},
} if {
	some workload in input.workloads
	basis := _retrieval(workload)
	grants := {shown |
		some binding in workload.bindings
		role := inventory.role_by_id[binding.role]
		some grant in iam.grants(role)
		effects := _mutations(role, workload, grant)
		count(effects) > 0
		shown := {
			"role": inventory.address(role),
			"access": sort(object.keys(effects)),
			"actions": sort({name | some names in effects; some name in names}),
			"resources": grant.resources,
			"policy": grant.policy,
			"file": grant.file,
			"line": grant.line,
			"conditional": grant.conditional,
		}
	}
	count(grants) > 0
}

_retrieval(workload) := "declared" if workload.purpose.value == "retrieval"

_retrieval(workload) := "only reads" if {
	not workload.purpose.value
	workload.kind == "bedrock_agent"
	relations := {use.relation | some use in workload.uses}
	"knowledge_base" in relations
	count(relations & {"collaborator", "flow", "function"}) == 0
	every id in workload.tools {
		_only_reads(inventory.tool_by_id[id])
	}
}

_only_reads(tool) if tool.state == "disabled"

_only_reads(tool) if {
	tool.operations_read
	count(tool.operations) > 0
	every operation in tool.operations {
		_reads(operation)
	}
}

_reads(operation) if operation.access == "read"

_reads(operation) if {
	operation.access == null
	upper(operation.method) in {"GET", "HEAD"}
}

_mutations(role, workload, grant) := {class: names |
	some class, names in iam.gains(role, grant, inventory.family(workload.kind))
	class in access.changing
}

_severity(grants) := "critical" if _administers(grants)

_severity(grants) := "high" if not _administers(grants)

_administers(grants) if {
	some grant in grants
	"administer" in grant.access
}
