# METADATA
# title: Posture
# description: >-
#   The entry point for one inventory: every rule's findings with their catalog entries, every gap with the rules that it
#   blinds, and the verdict. Fingerprints and the order are the caller's: hashes and sorting differ between engines.
# schemas:
#   - input: schema.input
package segrego.posture

import data.segrego.lib.inventory

# METADATA
# entrypoint: true
report := {
	"version": 1,
	"verdict": verdict,
	"fail_on": fail_on,
	"findings": findings,
	"gaps": gaps,
	"summary": summary,
	"policy": {"revision": revision},
}

# Worst first. A severity that is not here ranks as the worst.
_ranks := {"critical": 0, "high": 1, "medium": 2, "low": 3, "info": 4}

default fail_on := "info"

fail_on := input.settings.fail_on

default revision := "unknown"

revision := data.segrego.policy.revision

default _catalog := {}

_catalog := data.segrego.catalog.rules

default verdict := "indeterminate"

verdict := "fail" if count(_failing) > 0

verdict := "pass" if {
	count(_failing) == 0
	count([gap | some gap in gaps; count(gap.rules) > 0]) == 0
	count(_catalog) > 0
	is_array(input.workloads)
	count(input.workloads) > 0
}

_failing := [finding |
	some finding in findings
	finding.status == "open"
	_rank(finding.severity) <= _rank(fail_on)
]

_rank(severity) := object.get(_ranks, severity, 0)

findings := {finding |
	some slug
	some deny in data.segrego.rules[slug].deny
	_is_selected(slug)
	finding := _finding(slug, deny)
}

_is_selected(slug) if {
	_is_included(slug)
	not slug in {name | some name in input.settings.ignore}
}

_is_included(slug) if slug in {name | some name in input.settings.select}

_is_included(_) if count({name | some name in input.settings.select}) == 0

# A finding whose rule has no catalog entry is as bad as can be: it must not vanish.
_finding(slug, deny) := {
	"rule": slug,
	"title": object.get(entry, "title", slug),
	"message": object.get(entry, "headline", "{subject}"),
	"category": object.get(entry, "category", "unknown"),
	"severity": _severity(slug, entry, deny),
	"status": _status(slug, subject),
	"subject": inventory.address(_entity(subject)),
	"subject_id": subject,
	"subject_kind": _kind(subject),
	"evidence": object.get(deny, "evidence", {}),
	"locations": _locations(subject, object.get(deny, "related", [])),
	"remediation": object.get(entry, "remediation", ""),
	"controls": object.get(entry, "controls", {}),
} if {
	entry := object.get(_catalog, slug, {})
	subject := object.get(deny, "subject", "inventory")
}

_severity(slug, entry, deny) := object.get(
	{override.rule: override.severity | some override in input.settings.severities},
	slug,
	object.get(deny, "severity", object.get(entry, "severity", "critical")),
)

_status(slug, subject) := "excepted" if _is_excepted(slug, subject)

_status(slug, subject) := "open" if not _is_excepted(slug, subject)

_is_excepted(slug, subject) if {
	some exception in input.exceptions
	exception.rule == slug
	exception.subject in {subject, inventory.address(_entity(subject))}
	is_number(input.evaluated_at_ns)
	exception.expires_at_ns > input.evaluated_at_ns
}

_entity(id) := object.get(
	inventory.role_by_id, id,
	object.get(
		inventory.workload_by_id, id,
		object.get(
			inventory.tool_by_id, id,
			object.get(
				inventory.credential_by_id, id,
				object.get(
					inventory.telemetry_by_id, id,
					object.get(inventory.class_by_subject, id, {"id": id, "location": null}),
				),
			),
		),
	),
)

_kind(id) := "role" if inventory.role_by_id[id]

_kind(id) := "workload" if {
	not inventory.role_by_id[id]
	inventory.workload_by_id[id]
}

_kind(id) := "tool" if {
	not inventory.role_by_id[id]
	not inventory.workload_by_id[id]
	inventory.tool_by_id[id]
}

_kind(id) := "agent_class" if inventory.class_by_subject[id]

_kind(id) := "credential" if {
	not inventory.role_by_id[id]
	not inventory.workload_by_id[id]
	not inventory.tool_by_id[id]
	inventory.credential_by_id[id]
}

default _kind(_) := "inventory"

# The subject's own place first, then the others'. What was read from an API has none.
_locations(subject, related) := [location |
	some id in array.concat([subject], related)
	location := _entity(id).location
	location != null
]

gaps := {{
	"code": gap.code,
	"subject": gap.subject,
	"facts": gap.facts,
	"message": gap.message,
	"location": gap.location,
	"rules": sort({slug |
		some slug, entry in _catalog
		_is_selected(slug)
		count({fact | some fact in gap.facts} & {fact | some fact in entry.requires}) > 0
	}),
} |
	some gap in input.gaps
}

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
	"rules": count([1 | some slug, _ in _catalog; _is_selected(slug)]),
	"rules_without_facts": sort({slug |
		some slug, entry in _catalog
		_is_selected(slug)
		labels := {fact | some fact in entry.requires} & {"environments", "domains", "owners"}
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
