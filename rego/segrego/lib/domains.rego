# METADATA
# title: Data domains and sensitivities
# description: >-
#   The data domains that a workload serves, and how sensitive their data is: by its own labels, by the data and knowledge
#   bases that it is configured to use, and by those of its tools.
# schemas:
#   - input: schema.input
package segrego.lib.domains

import data.segrego.lib.inventory

# All domains that a workload serves, itself and through its tools.
of(workload) := of_workload[workload.id]

of_workload := {workload.id: found |
	some workload in input.workloads
	found := (direct(workload) | {domain |
		some id in _helpers(workload)
		some domain in _labels(inventory.workload_by_id[id])
	}) | {domain | some resource in _data(_helpers(workload)); some domain in _labels(resource)}
}

# The domains of a workload without its tools: its labels, its data, and its knowledge bases.
direct(workload) := (_labels(workload) | {domain |
	some resource in _data({workload.id} | _bases(workload))
	some domain in _labels(resource)
}) | {domain | some id in _bases(workload); some domain in _labels(inventory.workload_by_id[id])}

# The sensitivities of the data that a workload uses, itself and through its tools.
sensitivities(workload) := {resource.sensitivity.value |
	some resource in _data((({workload.id} | _bases(workload)) | _helpers(workload)))
	resource.sensitivity != null
}

_labels(entity) := {label.value | some label in entity.domains}

_data(workloads) := {resource |
	some id in workloads
	some use in inventory.workload_by_id[id].uses
	resource := inventory.resource_by_id[use.target]
}

_bases(workload) := {use.target |
	some use in workload.uses
	inventory.workload_by_id[use.target].kind == "bedrock_knowledge_base"
}

# What carries out a workload's calls and bears no agent's identity: its tools' functions and gateways, and the functions
# behind these.
_helpers(workload) := near | {id | some helper in near; some id in _near(inventory.workload_by_id[helper])} if {
	near := _near(workload)
}

_near(workload) := {target |
	some target in ({inventory.tool_by_id[id].target | some id in workload.tools} | {use.target | some use in workload.uses})
	_helping_families[inventory.family(inventory.workload_by_id[target].kind)]
}

_helping_families := {"function", "gateway"}
