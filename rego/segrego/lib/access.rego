# METADATA
# title: Access classes
# description: >-
#   What an action pattern lets its holder do: read, write, execute or administer. AWS's access level decides, but for
#   the corrections in the policy's own tables. Telemetry that a workload writes about itself is in no class.
# schemas:
#   - input: schema.input
package segrego.lib.access

classes := {"read", "write", "execute", "administer"}

changing := {"write", "execute", "administer"}

# NotAction grants everything though no pattern of the document says so.
pattern_by_text := object.union(
	{"*": {"pattern": "*", "span": "all", "matches": []}},
	{pattern.pattern: pattern | some pattern in input.actions},
)

names_by_pattern := {pattern.pattern: names |
	some pattern in input.actions
	names := {action.name | some action in pattern.matches}
}

# Pattern to class to the names of the actions in it. The pattern for everything is in every class as "*".
effects_by_pattern := {text: effects |
	some text, pattern in pattern_by_text
	effects := {class: names |
		some class in classes
		names := _names(pattern, class)
	}
}

_names(pattern, class) := {action.name |
	some action in pattern.matches
	class_of(action) == class
	not is_telemetry(action.name)
} if {
	pattern.span != "all"
}

_names(pattern, _) := {"*"} if pattern.span == "all"

# The action lists of all grants. Statements repeat few lists, so whatever follows from a list is worked out once for it.
action_lists := {list |
	some policy in input.policies
	some statement in policy.statements
	statement.effect == "Allow"
	list := everything_if_empty(statement.actions)
}

# Policy id to the distinct action lists of its grants.
lists_by_policy := {policy.id: lists |
	some policy in input.policies
	lists := {list: true |
		some statement in policy.statements
		statement.effect == "Allow"
		list := everything_if_empty(statement.actions)
	}
}

# NotAction grants everything but what it names; an empty list of patterns is therefore everything.
everything_if_empty(patterns) := patterns if {
	some _ in patterns
} else := _everything

_everything := ["*"]

# Action list to class to the names of the actions in it; classes without any are left out.
effects_by_list := {list: effects |
	some list in action_lists
	effects := {class: names |
		some class in classes
		names := {name | some text in list; some name in effects_by_pattern[text][class]}
		count(names) > 0
	}
}

# Action list to the services that its patterns name.
services_by_list := {list: services |
	some list in action_lists
	services := {split(pattern, ":")[0] | some pattern in list}
}

# Those with a baseline, and those of the document's workloads: an unknown kind is a family of its own.
_families := {family | some family, _ in data.segrego.tables.baseline} | {family |
	some workload in input.workloads
	family := object.get(data.segrego.tables.kinds, [workload.kind, "family"], workload.kind)
}

# Family to action list to the effects that the family does not need in order to run at all.
gains_by_list := {family: gains |
	some family in _families
	gains := {list: kept |
		some list, effects in effects_by_list
		kept := beyond_baseline(family, effects)
	}
}

# Family to action list to the classes of its gains, sorted.
gain_classes_by_list := {family: classes_of |
	some family, gains in gains_by_list
	classes_of := {list: sort(object.keys(effects)) | some list, effects in gains}
}

beyond_baseline(family, effects) := {class: kept |
	some class, names in effects
	kept := {name | some name in names; not is_baseline(family, name)}
	count(kept) > 0
}

# A level that is not in the table counts as the strongest.
class_of(action) := object.get(
	data.segrego.tables.corrections, [action.name, "access"],
	object.get(data.segrego.tables.levels, action.level, "administer"),
)

is_telemetry(name) if data.segrego.tables.telemetry[name]

is_baseline(family, name) if data.segrego.tables.baseline[family][name]

# Whether a pattern names an action. The pattern for everything names everything.
matches(text, _) if pattern_by_text[text].span == "all"

matches(text, name) if names_by_pattern[text][name]
