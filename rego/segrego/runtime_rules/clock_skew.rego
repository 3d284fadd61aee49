# METADATA
# title: The clocks differ too much
# description: >-
#   The enforcement point and its sidecar disagree about the time, so expiry, leases and hours cannot be judged.
# custom:
#   category: policy
#   remediation: >-
#     Synchronise the clocks of the host.
#   controls:
#     nist-800-53-r5: [AU-12]
# schemas:
#   - input: schema.call_input
package segrego.runtime_rules.clock_skew

import data.segrego.runtime_lib.call

# Five minutes.
deny contains {"time_ns": input.time_ns, "now_ns": call.now} if abs(input.time_ns - call.now) > 300000000000
