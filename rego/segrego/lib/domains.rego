# METADATA
# title: Data domains
# description: The data domains that a workload serves, by its own labels and by the data that it is configured to use.
# schemas:
#   - input: schema.input
package segrego.lib.domains

import data.segrego.lib.inventory

of(workload) := (_own(workload) | _of_data(workload)) | {domain |
	some use in workload.uses
	base := inventory.workload_by_id[use.target]
	base.kind == "bedrock_knowledge_base"
	some domain in (_own(base) | _of_data(base))
}

_own(entity) := {label.value | some label in entity.domains}

_of_data(workload) := {domain |
	some use in workload.uses
	some domain in _own(inventory.resource_by_id[use.target])
}
