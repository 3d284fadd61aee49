# METADATA
# title: Conventions of the rules
# description: >-
#   A policy over the policies: judges what `opa inspect --annotations` says of rego/, so that every rule carries what the
#   catalog, the reports and the documentation need. Run by `make check`.
package meta

_severities := {"critical", "high", "medium", "low", "info"}

_categories := {
	"isolation",
	"agent-class",
	"trust",
	"least-privilege",
	"lifecycle",
	"accountability",
	"blind-spots",
	"exceptions",
}

_fields := {"headline", "severity", "category", "requires", "remediation", "example", "controls"}

# What schemas/inventory.json calls a Fact.
_facts := {fact | some fact in data.schema["$defs"].Gap.properties.facts.items.enum}

rules[slug] := entry if {
	some entry in input.annotations
	path := [part.value | some part in entry.path]
	array.slice(path, 0, 3) == ["data", "segrego", "rules"]
	count(path) == 4
	entry.annotations.scope == "package"
	slug := path[3]
}

# The slug is the file's name as well.
slugs_of_files contains slug if {
	some namespace, files in input.namespaces
	startswith(namespace, "data.segrego.rules.")
	not endswith(namespace, "_test")
	some file in files
	slug := trim_suffix(regex.split(`/`, file)[count(regex.split(`/`, file)) - 1], ".rego")
}

deny contains sprintf("%s: the package carries no METADATA", [slug]) if {
	some slug in slugs_of_files
	not rules[slug]
}

deny contains sprintf("%s: no file rules/%s.rego holds this package", [slug, slug]) if {
	some slug, _ in rules
	not slug in slugs_of_files
}

deny contains sprintf("%s: no tests in package segrego.rules.%s_test", [slug, slug]) if {
	some slug, _ in rules
	not input.namespaces[sprintf("data.segrego.rules.%s_test", [slug])]
}

deny contains sprintf("%s: a slug is lower-case words joined by underscores", [slug]) if {
	some slug, _ in rules
	not regex.match(`^[a-z]+(_[a-z]+)+$`, slug)
}

deny contains sprintf("%s: %s is missing or empty", [slug, field]) if {
	some slug, entry in rules
	some field in {"title", "description"}
	trim_space(object.get(entry.annotations, field, "")) == ""
}

deny contains sprintf("%s: custom.%s is missing or empty", [slug, field]) if {
	some slug, entry in rules
	some field in _fields
	count(object.get(entry.annotations, ["custom", field], "")) == 0
	not _may_be_empty(field, entry)
}

# A rule over what people declare lives on no fact that was read.
_may_be_empty("requires", entry) if {
	entry.annotations.custom.category == "exceptions"
	entry.annotations.custom.requires == []
}

deny contains sprintf("%s: custom.%s is not a field that rules have", [slug, field]) if {
	some slug, entry in rules
	some field, _ in entry.annotations.custom
	not field in _fields
}

deny contains sprintf("%s: severity %s is not known", [slug, severity]) if {
	some slug, entry in rules
	severity := entry.annotations.custom.severity
	not severity in _severities
}

deny contains sprintf("%s: category %s is not known", [slug, category]) if {
	some slug, entry in rules
	category := entry.annotations.custom.category
	not category in _categories
}

deny contains sprintf("%s: requires %s, which the inventory does not have", [slug, fact]) if {
	some slug, entry in rules
	some fact in entry.annotations.custom.requires
	not fact in _facts
}

deny contains sprintf("%s: control %s is not in frameworks/data.yaml under %s", [slug, control, framework]) if {
	some slug, entry in rules
	some framework, controls in entry.annotations.custom.controls
	some control in controls
	not data.segrego.frameworks[framework].controls[control]
}

deny contains sprintf("framework %s: %s is missing or empty", [name, field]) if {
	some name, framework in data.segrego.frameworks
	some field in {"title", "url", "controls"}
	count(object.get(framework, field, "")) == 0
}

deny contains sprintf("%s: the title is a sentence without its full stop", [slug]) if {
	some slug, entry in rules
	endswith(entry.annotations.title, ".")
}

deny contains sprintf("%s: the title %q is also that of %s", [slug, entry.annotations.title, other]) if {
	some slug, entry in rules
	some other, other_entry in rules
	slug < other
	entry.annotations.title == other_entry.annotations.title
}

# Without the schema a misspelt field of the input is not found.
deny contains sprintf("%s: the schema of the input is not named", [slug]) if {
	some slug, entry in rules
	not _names_schema(entry.annotations)
}

_names_schema(annotations) if {
	some schema in annotations.schemas
	[part.value | some part in schema.path] == ["input"]
}

deny contains "no rules at all: is the path right?" if count(rules) == 0
