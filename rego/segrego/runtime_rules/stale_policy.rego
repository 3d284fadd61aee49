# METADATA
# title: A bundle is missing, or its lease has run out
# description: >-
#   A signature says who made a bundle and not when. The lease in its manifest ends what an old one may decide, so that
#   a sidecar that was cut off denies rather than goes on with yesterday's revocations.
# custom:
#   category: policy
#   remediation: >-
#     Renew the lease (segrego bundle renew), or find out why the sidecar gets no new bundles (segrego bundle fleet).
#   controls:
#     nist-800-53-r5: [AC-24]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.stale_policy

import data.segrego.runtime_lib.call

_bundles := {"policy", "agents", "revocations"}

deny contains {"bundle": name, "state": "missing"} if {
	not _all_hold
	some name in _bundles
	lease := _lease(name)
	not is_number(lease)
}

deny contains {"bundle": name, "state": "stale", "not_after_ns": lease} if {
	not _all_hold
	some name in _bundles
	lease := _lease(name)
	is_number(lease)
	lease <= call.now
}

# The three at once, which is what nearly all calls need.
_all_hold if {
	is_number(data.system.bundles.policy.manifest.metadata.not_after_ns)
	is_number(data.system.bundles.agents.manifest.metadata.not_after_ns)
	is_number(data.system.bundles.revocations.manifest.metadata.not_after_ns)
	data.system.bundles.policy.manifest.metadata.not_after_ns > call.now
	data.system.bundles.agents.manifest.metadata.not_after_ns > call.now
	data.system.bundles.revocations.manifest.metadata.not_after_ns > call.now
}

# Always defined: under "not", an argument that is undefined would make the rule silent rather than true.
_lease(name) := object.get(_held, [name, "manifest", "metadata", "not_after_ns"], null)

default _held := {}

_held := data.system.bundles
