# Rules of the runtime decision have the anatomy of the others, without a severity: what they find is denied, or must be
# approved by a person.
package meta

_runtime_fields := {"category", "remediation", "controls"}

_runtime_categories := {"proof", "scope", "grant", "context", "policy"}

runtime_rules[slug] := entry if {
	some entry in input.annotations
	path := [part.value | some part in entry.path]
	array.slice(path, 0, 3) == ["data", "segrego", "runtime_rules"]
	count(path) == 4
	entry.annotations.scope == "package"
	slug := path[3]
}

deny contains sprintf("%s: the package carries no METADATA", [slug]) if {
	some namespace, _ in input.namespaces
	startswith(namespace, "data.segrego.runtime_rules.")
	not endswith(namespace, "_test")
	slug := trim_prefix(namespace, "data.segrego.runtime_rules.")
	not runtime_rules[slug]
}

deny contains sprintf("%s: no tests in package segrego.runtime_rules.%s_test", [slug, slug]) if {
	some slug, _ in runtime_rules
	not input.namespaces[sprintf("data.segrego.runtime_rules.%s_test", [slug])]
}

deny contains sprintf("%s: %s is missing or empty", [slug, field]) if {
	some slug, entry in runtime_rules
	some field in {"title", "description"}
	trim_space(object.get(entry.annotations, field, "")) == ""
}

deny contains sprintf("%s: custom.%s is missing or empty", [slug, field]) if {
	some slug, entry in runtime_rules
	some field in _runtime_fields
	count(object.get(entry.annotations, ["custom", field], "")) == 0
}

deny contains sprintf("%s: category %s is not known", [slug, category]) if {
	some slug, entry in runtime_rules
	category := entry.annotations.custom.category
	not category in _runtime_categories
}

deny contains sprintf("%s: control %s is not in frameworks/data.yaml under %s", [slug, control, framework]) if {
	some slug, entry in runtime_rules
	some framework, controls in entry.annotations.custom.controls
	some control in controls
	not data.segrego.frameworks[framework].controls[control]
}

deny contains sprintf("%s: the schema of the call is not named", [slug]) if {
	some slug, entry in runtime_rules
	not _names_schema(entry.annotations)
}
