# METADATA
# title: Boundaries between agents
# description: What keeps agents apart, and whether a group of them crosses it.
# schemas:
#   - input: schema.input
package segrego.lib.boundaries

import data.segrego.lib.domains
import data.segrego.lib.inventory

# The environments of workloads, of those whose environment is known.
environments(ids) := {label.value |
	some id in ids
	label := inventory.workload_by_id[id].environment
	label != null
}

# What a group of workloads crosses: several environments, and data domains of which none is common to all. Undefined
# where it crosses neither.
crossed(ids) := found if {
	found := {
		"environments": sort(environments(ids)),
		"domains": sort(_domains_apart(ids)),
	}
	_crosses(found)
}

_crosses(found) if count(found.environments) > 1

_crosses(found) if count(found.domains) > 0

_domains_apart(ids) := {domain |
	known := {found |
		some id in ids
		found := domains.direct(inventory.workload_by_id[id])
		count(found) > 0
	}
	count(intersection(known)) == 0
	some found in known
	some domain in found
}
