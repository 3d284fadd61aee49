# METADATA
# title: Posture
# description: >-
#   The entry point for one inventory: every rule's findings with their catalog entries, every gap with the rules that it
#   blinds, warnings, and the verdict. Fingerprints and the order are the caller's: hashes and sorting differ between
#   engines.
# schemas:
#   - input: schema.input
package segrego.posture

import data.segrego.lib.inventory
import data.segrego.lib.selection

# METADATA
# entrypoint: true
report := {
	"version": 1,
	"verdict": verdict,
	"fail_on": fail_on,
	"findings": findings,
	"gaps": gaps,
	"warnings": warnings,
	"rules": rules,
	"summary": summary,
	"policy": {"revision": revision, "user_revision": user_revision},
}

# Worst first. A severity that is not here ranks as the worst.
_ranks := {"critical": 0, "high": 1, "medium": 2, "low": 3, "info": 4}

default fail_on := "info"

fail_on := input.settings.fail_on

default revision := "unknown"

revision := data.segrego.policy.revision

# Of a user's own rules, where there are any.
default user_revision := null

user_revision := data.segrego.user_catalog.revision

# A user's rules join ours, and replace none of them.
_catalog := object.union(_user_rules, _own_rules)

default _own_rules := {}

_own_rules := data.segrego.catalog.rules

default _user_rules := {}

_user_rules := data.segrego.user_catalog.rules

# The rules that judged.
rules := sort([slug | some slug, _ in _catalog; selection.is_selected(slug)])

default verdict := "indeterminate"

verdict := "fail" if count(_failing) > 0

verdict := "pass" if {
	count(_failing) == 0
	count([gap | some gap in gaps; count(gap.rules) > 0]) == 0
	count(_own_rules) > 0
	count(rules) > 0
	is_array(input.workloads)
	count(input.workloads) > 0
}

_failing := [finding |
	some finding in findings
	finding.status == "open"
	_rank(finding.severity) <= _rank(fail_on)
]

_rank(severity) := object.get(_ranks, severity, 0)

# An array, because a set hashes each of its members whole, and again for each step of every walk through it.
findings := [finding |
	some slug
	said := data.segrego.rules[slug].deny
	selection.is_selected(slug)
	some deny in _heard([deny | some deny in said])
	finding := _finding(slug, deny)
]

# A user's rule may say anything, and must not go unheard for it: what is no object is one finding without evidence.
_heard(denies) := denies if _are_objects(denies)

_heard(denies) := array.concat([deny | some deny in denies; is_object(deny)], [{}]) if not _are_objects(denies)

_are_objects(denies) if {
	every deny in denies {
		is_object(deny)
	}
}

_related(deny) := deny.related if is_array(deny.related)

default _related(_) := []

# A finding whose rule has no catalog entry is as bad as can be: it must not vanish.
_finding(slug, deny) := {
	"rule": slug,
	"title": object.get(entry, "title", slug),
	"message": object.get(entry, "headline", "{subject}"),
	"category": object.get(entry, "category", "unknown"),
	"severity": _severity(slug, entry, deny),
	"status": _status(slug, subject),
	"exception": _exception(slug, subject),
	"subject": _address(subject),
	"subject_id": subject,
	"subject_kind": _found(subject).kind,
	"evidence": object.get(deny, "evidence", {}),
	"locations": _locations(subject, _related(deny)),
	"remediation": object.get(entry, "remediation", ""),
	"controls": object.get(entry, "controls", {}),
} if {
	entry := object.get(_catalog, slug, {})
	subject := object.get(deny, "subject", "inventory")
}

_severity(slug, entry, deny) := object.get(
	_overrides, slug,
	object.get(deny, "severity", object.get(entry, "severity", "critical")),
)

_overrides := {override.rule: override.severity | some override in input.settings.severities}

_status(slug, subject) := "excepted" if {
	count(_held(slug, subject)) > 0
} else := "open"

# What excepts a finding: for its id or its address, of two the one that ends last.
_exception(slug, subject) := max(held)[1] if {
	held := _held(slug, subject)
	count(held) > 0
} else := null

_held(slug, subject) := {[exception.expires_at_ns, object.filter(exception, ["reason", "owner", "expires_at_ns"])] |
	some name in {subject, _address(subject)}
	exception := inventory.exception_by_key[[slug, name]]
	_is_standing(exception)
}

_is_standing(exception) if {
	is_number(input.evaluated_at_ns)
	exception.expires_at_ns > input.evaluated_at_ns
}

# What bears an id, and its kind. Each array of the document is keyed once.
_found(id) := {"kind": "role", "entity": entity} if {
	entity := inventory.role_by_id[id]
} else := {"kind": "workload", "entity": entity} if {
	entity := inventory.workload_by_id[id]
} else := {"kind": "tool", "entity": entity} if {
	entity := inventory.tool_by_id[id]
} else := {"kind": "policy", "entity": entity} if {
	entity := inventory.policy_by_id[id]
} else := {"kind": "resource", "entity": entity} if {
	entity := inventory.resource_by_id[id]
} else := {"kind": "credential", "entity": entity} if {
	entity := inventory.credential_by_id[id]
} else := {"kind": "telemetry", "entity": entity} if {
	entity := inventory.telemetry_by_id[id]
} else := {"kind": "account", "entity": entity} if {
	entity := inventory.account_by_id[id]
} else := {"kind": "agent_class", "entity": entity} if {
	entity := inventory.class_by_subject[id]
} else := {"kind": "exception", "entity": entity} if {
	entity := inventory.exception_by_id[id]
} else := {"kind": "inventory", "entity": {}}

# Its place in a source; what was read from an API has none.
_location(id) := object.get(_found(id).entity, "location", null)

# What a person calls it: its address in the source, else its id, which is then an ARN or a name.
_address(id) := address if {
	address := _location(id).address
	address != null
} else := id

# The subject's own place first, then the others'.
_locations(subject, related) := [location |
	some id in array.concat([subject], related)
	location := _location(id)
	location != null
]

gaps := {{
	"code": gap.code,
	"subject": gap.subject,
	"facts": gap.facts,
	"message": gap.message,
	"location": gap.location,
	"rules": sort({slug | some fact in gap.facts; some slug in _rules_by_fact[fact]}),
} |
	some gap in input.gaps
}

_rules_by_fact := {fact: {slug | some slug in rules; fact in _catalog[slug].requires} |
	some slug in rules
	some fact in _catalog[slug].requires
}

# What is no finding, and yet somebody should mend it.
warnings := _unknown_rules | _idle_exceptions

_unknown_rules := {warning("unknown_rule", ["the configuration names a rule ", name, ", and there is none of that name"], null) |
	some name in ((selection.selected | selection.ignored) | {override.rule | some override in input.settings.severities})
	not _catalog[name]
} | {warning("unknown_rule", ["an exception names a rule ", exception.rule, ", and there is none of that name"], object.get(exception, "location", null)) |
	some exception in input.exceptions
	not _catalog[exception.rule]
}

# An exception that has ended is a finding; one that a rule not run is for may match what that rule would find.
_idle_exceptions := {warning("unused_exception", ["the exception of ", exception.rule, " for ", exception.subject, " matches no finding"], object.get(exception, "location", null)) |
	some exception in input.exceptions
	_catalog[exception.rule]
	selection.is_selected(exception.rule)
	_is_standing(exception)
	not _found_names[[exception.rule, exception.subject]]
}

_found_names := {[finding.rule, name] |
	some finding in findings
	some name in {finding.subject, finding.subject_id}
}

warning(code, parts, location) := {"code": code, "message": concat("", parts), "location": location}

summary := {
	"workloads": {kind: count([1 | some workload in input.workloads; workload.kind == kind]) |
		some kind in {workload.kind | some workload in input.workloads}
	},
	"agents": count([1 | some workload in input.workloads; inventory.is_executor(workload)]),
	"roles": count([1 | some role in input.roles; count(role.bindings) > 0]),
	"shared_roles": count([1 | some role in input.roles; count(inventory.sharers(role)) > 1]),
	"findings": {severity: count([1 | some finding in findings; finding.status == "open"; finding.severity == severity]) |
		some severity, _ in _ranks
	},
	"excepted": count([1 | some finding in findings; finding.status == "excepted"]),
	"gaps": count(gaps),
	"rules": count(rules),
	"rules_without_facts": sort({slug |
		some slug in rules
		labels := {fact | some fact in _catalog[slug].requires} & {"environments", "domains", "owners"}
		count(labels) > 0
		count(labels & _known_labels) == 0
	}),
}

# Labels are nobody's duty to give, so their absence is no gap; a rule that lives on them has then nothing to judge.
_known_labels := ({"environments" | some workload in input.workloads; workload.environment != null} | _known_domains) | {"owners" |
	some workload in input.workloads
	workload.owner != null
}

_known_domains := {"domains" | some workload in input.workloads; count(workload.domains) > 0} | {"domains" |
	some resource in input.resources
	count(resource.domains) > 0
}
