package segrego.lib.lifecycle_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.lifecycle

inactive(extra) if {
	lifecycle.is_inactive(fixtures.agent("a", extra)) with input as fixtures.inventory({"evaluated_at_ns": fixtures.days(200)})
}

binding(slot) := {"role": "r", "slot": slot, "version": null, "via": [], "certainty": "exact"}

test_statuses if {
	every status in ["FAILED", "Failed", "CREATE_FAILED", "DELETING", "DELETE_UNSUCCESSFUL", "Deactivated"] {
		inactive({"status": status})
	}
	every status in ["PREPARED", "Prepared", "READY", "ACTIVE", "UPDATE_FAILED", "CREATING", null] {
		not inactive({"status": status, "created_ns": 0})
	}
}

test_a_version_that_is_routed_to_goes_on if {
	not inactive({"status": "FAILED", "bindings": [binding("draft"), binding("version")]})
	inactive({"status": "FAILED", "bindings": [binding("draft")]})
}

test_an_old_draft_that_was_never_prepared if {
	every status in ["NOT_PREPARED", "NotPrepared"] {
		inactive({"status": status, "created_ns": fixtures.days(1)})
		not inactive({"status": status, "created_ns": fixtures.days(150)})
		not inactive({"status": status, "created_ns": null})
		not inactive({"status": status, "created_ns": fixtures.days(1), "bindings": [binding("version")]})
	}
}
