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
	helpers := _helpers[workload.id]
	found := (direct(workload) | {domain |
		some id in helpers
		some label in inventory.workload_by_id[id].domains
		domain := label.value
	}) | {domain | some resource in _data(helpers); some label in resource.domains; domain := label.value}
}

# The domains of a workload without its tools: its labels, its data, and its knowledge bases.
direct(workload) := _direct[workload.id]

_direct := {workload.id: found |
	some workload in input.workloads
	bases := _bases(workload)
	found := ({label.value | some label in workload.domains} | {label.value |
		some resource in _data({workload.id} | bases)
		some label in resource.domains
	}) | {label.value | some id in bases; some label in inventory.workload_by_id[id].domains}
}

# The sensitivities of the data that a workload uses, itself and through its tools.
sensitivities(workload) := {resource.sensitivity.value |
	some resource in _data((({workload.id} | _bases(workload)) | _helpers[workload.id]))
	resource.sensitivity != null
}

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
_helpers := {workload.id: helpers |
	some workload in input.workloads
	near := _near(workload)
	helpers := near | {id | some helper in near; some id in _near(inventory.workload_by_id[helper])}
}

_near(workload) := {target |
	some id in workload.tools
	target := inventory.tool_by_id[id].target
	_helping[target]
} | {use.target | some use in workload.uses; _helping[use.target]}

_helping := {workload.id | some workload in input.workloads; _helping_families[inventory.family(workload.kind)]}

_helping_families := {"function", "gateway"}
