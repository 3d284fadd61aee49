# METADATA
# title: Which rules are run
# description: The rules that the settings choose. A rule that leaves something to another asks whether that one is run.
# schemas:
#   - input: schema.input
package segrego.lib.selection

# None: all of them.
selected := {name | some name in input.settings.select}

ignored := {name | some name in input.settings.ignore}

is_selected(rule) if {
	_is_included(rule)
	not ignored[rule]
}

_is_included(rule) if selected[rule]

_is_included(_) if count(selected) == 0
