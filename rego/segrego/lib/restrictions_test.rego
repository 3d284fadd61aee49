# Every expectation follows from the IAM user guide, "Policy evaluation logic". tests/iam/test_grants_oracle.py holds the
# same to exact answers over generated roles.
package segrego.lib.restrictions_test

import data.segrego.fixtures_test as fixtures
import data.segrego.lib.iam

account := "111122223333"

arn := "arn:aws:iam::111122223333:role/orders"

orders := "arn:aws:s3:::orders/*"

queue := "arn:aws:sqs:us-east-1:111122223333:q"

statement(effect, extra) := fixtures.statement(effect, object.union({"actions": ["s3:*"], "resources": ["*"]}, extra))

from_inside := fixtures.condition("IpAddress", "aws:sourceip", ["10.0.0.0/8"])

in_region := fixtures.condition("StringNotEquals", "aws:requestedregion", ["eu-west-1"])

mine(account_id) := fixtures.condition("StringEquals", "aws:principalaccount", [account_id])

# What a role is said to hold of one grant, under a boundary and levels of service control made of statements.
found(granted, parts) := result if {
	role := fixtures.role(arn, [], {"arn": arn, "policies": ["p"], "boundary": object.get(parts, "boundary_id", null)})
	document := fixtures.inventory({
		"roles": [role],
		"policies": array.concat(
			[
				fixtures.policy("p", array.concat([granted], object.get(parts, "own", []))),
				fixtures.policy("boundary", object.get(parts, "boundary", [])),
				object.union(fixtures.policy("unread", object.get(parts, "boundary", [])), {"read": false}),
			],
			[fixtures.policy(concat("", ["scp-", format_int(place, 10)]), level) |
				some place, level in object.get(parts, "levels", [])
			],
		),
		"accounts": [{
			"id": account,
			"organization": "o-shop",
			"management": object.get(parts, "management", false),
			"service_control": [[concat("", ["scp-", format_int(place, 10)])] | some place, _ in object.get(parts, "levels", [])],
		}],
	})
	result := _said(role, object.get(parts, "at", orders)) with input as document
}

_said(role, resource) := {
	"effects": iam.effects(role, grant),
	"resources": grant.resources,
	"conditional": grant.conditional,
	"gained": iam.gained_classes(role, "agent"),
	"level": iam.level_of(role, grant, "s3:getobject", resource),
} if {
	grant := iam.grants(role)[0]
}

under(statements) := found(statement("Allow", {"resources": [orders]}), {"boundary_id": "boundary", "boundary": statements})

controlled(levels) := found(statement("Allow", {"resources": [orders]}), {"levels": levels})

everything := statement("Allow", {"actions": ["*"]})

reads := {"read": {"s3:getobject"}}

all_of_s3 := {"read": {"s3:getobject"}, "write": {"s3:putobject"}, "administer": {"s3:putbucketpolicy"}}

all_but_reads := object.remove(all_of_s3, ["read"])

test_a_boundary_that_allows_everything_changes_nothing if {
	result := under([everything])
	result.effects == all_of_s3
	result.conditional == false
	result.level == 2
	result.gained == {"read", "write", "administer"}
}

test_every_level_of_service_control_must_allow if {
	controlled([[everything], [everything]]).effects == all_of_s3
	controlled([[everything], [statement("Allow", {"actions": ["s3:getobject"]})]]).effects == reads
	controlled([[everything], [statement("Allow", {"actions": ["s3:getobject"]})]]).gained == {"read"}
	controlled([[statement("Allow", {"actions": ["s3:getobject"]})], [statement("Allow", {"actions": ["s3:put*"]})]]).effects == {}
	controlled([[everything, statement("Deny", {"actions": ["s3:put*"]})]]).effects == reads
	controlled([[everything, statement("Deny", {"actions": ["*"]})]]).effects == {}
}

test_a_level_that_does_not_allow_gives_no_level if {
	controlled([[statement("Allow", {"actions": ["s3:put*"]})]]).level == 0
	controlled([[statement("Allow", {"actions": [], "not_actions": ["s3:get*"]})]]).level == 0
	controlled([[statement("Allow", {"actions": [], "not_actions": ["s3:put*"]})]]).level == 2
	controlled([[everything, statement("Deny", {"actions": ["s3:get*"]})]]).level == 0
}

test_service_control_does_not_bind_the_management_account if {
	found(statement("Allow", {}), {"levels": [[statement("Deny", {})]], "management": true}).effects == all_of_s3
}

test_a_level_without_statements_allows_nothing if controlled([[]]).effects == {}

test_what_was_not_read_takes_nothing_and_leaves_it_open if {
	result := found(statement("Allow", {"resources": [orders]}), {"boundary_id": "unread"})
	result.effects == all_of_s3
	result.conditional
	result.level == 1
	sure := found(statement("Allow", {"resources": [orders]}), {"boundary_id": "unread", "boundary": [statement("Allow", {})]})
	not sure.conditional
	sure.level == 2
}

test_a_boundary_on_other_resources_allows_nothing if {
	under([statement("Allow", {"resources": ["arn:aws:s3:::billing/*"]})]).effects == {}
	under([statement("Allow", {"resources": ["arn:aws:s3:::billing/*"]})]).resources == []
	under([statement("Allow", {"resources": [], "not_resources": ["arn:aws:s3:::o*"]})]).effects == {}
	under([statement("Allow", {"resources": ["arn:aws:s3:::billing/*"]})]).level == 0
}

test_a_boundary_on_a_part_or_more_of_the_resource_allows_it if {
	every resource in [orders, "arn:aws:s3:::o*", "arn:aws:s3:::orders/private/*", "arn:aws:s3:::*/*", "*/private"] {
		result := under([statement("Allow", {"resources": [resource]})])
		result.effects == all_of_s3
		not result.conditional
	}
	under([statement("Allow", {"resources": [], "not_resources": ["arn:aws:s3:::billing/*"]})]).level == 2
}

test_what_is_not_resolved_leaves_it_open if {
	under([statement("Allow", {"resources": ["arn:aws:s3:::${Bucket}/*"]})]).level == 1
	under([statement("Allow", {"resources": [], "not_resources": ["arn:aws:s3:::${Bucket}/*"]})]).level == 1
	denied := found(statement("Allow", {"resources": [orders]}), {"own": [statement("Deny", {"resources": ["arn:aws:s3:::${Bucket}/*"]})]})
	denied.level == 1
	denied.conditional
	spared := found(statement("Allow", {"resources": [orders]}), {"own": [statement("Deny", {
		"resources": [],
		"not_resources": ["arn:aws:s3:::${Bucket}/*"],
	})]})
	spared.level == 1
	spared.effects == all_of_s3
}

test_a_resource_that_is_not_resolved_may_be_the_one if {
	bucket := "arn:aws:s3:::${Bucket}/*"
	granted := found(statement("Allow", {"resources": [bucket]}), {
		"at": bucket,
		"boundary_id": "boundary",
		"boundary": [statement("Allow", {"resources": ["arn:aws:s3:::orders/private"]})],
	})
	granted.level == 1
	granted.effects == all_of_s3
}

test_an_action_that_is_not_resolved_may_be_any if {
	under([statement("Allow", {"actions": ["s3:${Action}"]})]).level == 1
	under([statement("Allow", {"actions": ["s3:${Action}", "s3:getobject"]})]).level == 2
	under([statement("Allow", {"actions": [], "not_actions": ["s3:${Action}"]})]).level == 1
	under([statement("Allow", {"actions": [], "not_actions": ["s3:${Action}", "s3:getobject"]})]).level == 0
	under([statement("Allow", {"actions": ["s3:${Action}"]})]).effects == all_of_s3
	under([statement("Allow", {"actions": ["s3:${Action}"]})]).conditional
	denied := found(statement("Allow", {"resources": [orders]}), {"own": [statement("Deny", {"actions": [], "not_actions": ["s3:${Action}"]})]})
	denied.effects == all_of_s3
	denied.level == 1
}

test_a_condition_of_a_boundary_makes_the_grant_conditional if {
	result := under([statement("Allow", {"conditions": [from_inside]})])
	result.effects == all_of_s3
	result.conditional
	result.level == 1
}

test_a_condition_of_a_denial_makes_the_grant_conditional if {
	result := controlled([[everything, statement("Deny", {"conditions": [from_inside]})]])
	result.effects == all_of_s3
	result.conditional
	result.level == 1
	controlled([[everything, statement("Deny", {"actions": ["s3:put*"], "conditions": [from_inside]})]]).conditional == false
}

test_conditions_that_the_inventory_can_decide_are_decided if {
	controlled([[everything, statement("Deny", {"conditions": [mine(account)]})]]).effects == {}
	other := controlled([[everything, statement("Deny", {"conditions": [mine("444455556666")]})]])
	other.effects == all_of_s3
	not other.conditional
	found(statement("Allow", {"conditions": [mine("444455556666")]}), {}).effects == {}
	own := found(statement("Allow", {"conditions": [mine(account)], "resources": [orders]}), {})
	own.effects == all_of_s3
	own.conditional == false
	own.level == 2
}

test_a_denial_outside_of_some_regions_spares_these_and_everywhere if {
	levels := {"levels": [[everything, statement("Deny", {"conditions": [in_region]})]]}
	every resource in ["arn:aws:sqs:eu-west-1:111122223333:q", "*", "arn:aws:s3:::orders/1", "arn:aws:sqs:*:111122223333:q"] {
		result := found(fixtures.allow(["s3:getobject"], [resource]), levels)
		result.effects == reads
		not result.conditional
	}
	found(fixtures.allow(["s3:getobject"], [queue]), levels).effects == {}
}

test_what_the_caller_can_choose_holds_nobody_back if {
	somewhere := controlled([[everything, statement("Deny", {"conditions": [in_region]})]])
	somewhere.conditional == false
	somewhere.level == 2
	there := found(fixtures.allow(["s3:getobject"], [queue]), {"levels": [[everything, statement("Deny", {"conditions": [in_region]})]]})
	there.effects == {}
}

test_a_denial_of_all_but_some_actions_leaves_these if {
	controlled([[everything, statement("Deny", {"actions": [], "not_actions": ["s3:get*"]})]]).effects == reads
	granted := found(everything, {"own": [statement("Deny", {"actions": [], "not_actions": ["s3:*"]}), statement("Deny", {"actions": ["s3:put*"]})]})
	granted.effects == reads
	found(everything, {"own": [statement("Deny", {"actions": ["*"], "resources": [orders]})]}).effects.read == {"*"}
}

test_a_boundary_gives_everything_its_own_bounds if {
	granted := found(everything, {"boundary_id": "boundary", "boundary": [statement("Allow", {"actions": ["s3:get*"]})]})
	granted.effects == reads
	but := found(everything, {"boundary_id": "boundary", "boundary": [statement("Allow", {"actions": [], "not_actions": ["s3:get*"]})]})
	but.effects.read == {"*"}
	but.level == 0
	some_of := found(statement("Allow", {"resources": [orders]}), {"boundary_id": "boundary", "boundary": [
		statement("Allow", {"actions": [], "not_actions": ["s3:get*"]}),
		statement("Allow", {"actions": [], "not_actions": ["s3:put*"], "conditions": [from_inside]}),
	]})
	some_of.effects == all_of_s3
	all_but := found(statement("Allow", {"resources": [orders]}), {"boundary_id": "boundary", "boundary": [statement("Allow", {
		"actions": [],
		"not_actions": ["s3:get*"],
	})]})
	all_but.effects == all_but_reads
}

test_resources_of_which_nothing_is_left_are_left_out if {
	granted := found(statement("Allow", {"resources": [orders, "arn:aws:s3:::billing/*"]}), {"own": [statement("Deny", {"resources": [orders]})]})
	granted.resources == ["arn:aws:s3:::billing/*"]
	granted.effects == all_of_s3
	two := found(statement("Allow", {"resources": [orders, "arn:aws:s3:::billing/*"]}), {"own": [
		statement("Deny", {"actions": ["s3:get*"], "resources": [orders]}),
		statement("Deny", {"actions": ["s3:put*"], "resources": ["arn:aws:s3:::billing/*"]}),
	]})
	two.effects == all_of_s3
	two.level == 0
}

test_not_action_and_not_resource_of_a_grant if {
	granted := found(statement("Allow", {"actions": [], "not_actions": ["s3:put*"]}), {"boundary_id": "boundary", "boundary": [statement("Allow", {})]})
	granted.effects == reads
	found(statement("Allow", {"actions": [], "not_actions": ["s3:get*"]}), {}).level == 0
	found(statement("Allow", {"actions": [], "not_actions": ["*"]}), {}).effects == {}
	found(statement("Allow", {"resources": [], "not_resources": ["*"]}), {}).effects == {}
	found(statement("Allow", {"resources": [], "not_resources": [orders]}), {"own": [statement("Deny", {
		"resources": [],
		"not_resources": ["arn:aws:s3:::orders/private/*"],
	})]}).effects == {}
	found(statement("Allow", {"resources": [], "not_resources": [orders]}), {"boundary_id": "boundary", "boundary": [statement("Allow", {
		"resources": ["arn:aws:s3:::orders/private/*"],
	})]}).effects == {}
}

test_a_policy_variable_without_a_value_names_nothing if {
	found(statement("Allow", {"resources": ["arn:aws:s3:::${aws:username}/*"]}), {}).effects == {}
	found(statement("Allow", {"resources": ["arn:aws:s3:::${aws:username, 'orders'}/*"]}), {}).effects == all_of_s3
}

test_telemetry_alone_is_left_as_it_is if {
	granted := found(fixtures.allow(["logs:putlogevents"], ["*"]), {"own": [statement("Deny", {"actions": ["*"]})]})
	granted.effects == {}
	granted.resources == ["*"]
}

denied(granted, conditions) := found(granted, {"levels": [[everything, statement("Deny", {"conditions": conditions})]]})

test_only_what_is_said_of_regions_is_about_regions if {
	granted := statement("Allow", {"resources": [orders]})
	denied(granted, [fixtures.condition("StringNotEquals", "aws:principalaccount", ["444455556666"])]).effects == {}
	in_this := fixtures.condition("StringEquals", "aws:requestedregion", ["us-east-1"])
	denied(fixtures.allow(["s3:getobject"], [queue]), [in_this]).effects == {}
}

test_what_the_caller_can_choose_does_not_decide_for_what_it_can_not if {
	result := denied(fixtures.allow(["s3:getobject"], [queue]), [in_region, from_inside])
	result.effects == reads
	result.conditional
}

test_a_boundary_under_what_the_caller_can_choose_still_allows if {
	every condition in [
		fixtures.condition("StringEquals", "aws:requestedregion", ["eu-west-1"]),
		fixtures.condition("Bool", "aws:securetransport", ["true"]),
	] {
		under([statement("Allow", {"conditions": [condition]})]).effects == all_of_s3
	}
}

test_a_boundary_that_allows_more_gives_no_more if {
	wider := {"actions": ["s3:get*", "secretsmanager:getsecretvalue"], "resources": [orders]}
	found(fixtures.allow(["s3:getobject"], [orders]), {"boundary_id": "boundary", "boundary": [statement("Allow", wider)]}).effects == reads
	also := {"actions": [], "not_actions": ["secretsmanager:*", "s3:put*"], "resources": [orders]}
	found(fixtures.allow(["s3:*"], [orders]), {"boundary_id": "boundary", "boundary": [statement("Allow", also)]}).effects == reads
}

test_a_place_in_the_organization_that_nobody_knows_leaves_a_denial_open if {
	result := denied(statement("Allow", {"resources": [orders]}), [fixtures.condition("StringNotEquals", "aws:principalorgpaths", ["o-shop/r-1/ou-1/"])])
	result.effects == all_of_s3
	result.conditional
}

test_all_actions_but_all_are_none if {
	nothing := {"actions": [], "not_actions": ["*"]}
	under([statement("Allow", nothing)]).effects == {}
	controlled([[everything, statement("Deny", nothing)]]).effects == all_of_s3
}

test_what_a_grant_excepts_is_not_all_that_it_gives if {
	elsewhere := found(statement("Allow", {"resources": [], "not_resources": [orders]}), {
		"boundary_id": "boundary",
		"boundary": [statement("Allow", {"resources": ["arn:aws:s3:::billing/*"]})],
	})
	elsewhere.effects == all_of_s3
}

test_what_is_not_resolved_may_not_be_of_another_service if {
	under([statement("Allow", {"resources": ["arn:aws:sqs:us-east-1:111122223333:${Queue}"]})]).level == 0
}

test_a_denial_of_a_part_or_of_something_else_leaves_the_grant if {
	every denial in [
		{"resources": ["arn:aws:s3:::orders/private/*"]},
		{"resources": ["arn:aws:s3:::billing/*"]},
		{"resources": ["arn:aws:sqs:us-east-1:111122223333:${Queue}"]},
		{"resources": [], "not_resources": ["arn:aws:s3:::orders/private/*"]},
	] {
		result := found(statement("Allow", {"resources": [orders]}), {"own": [statement("Deny", denial)]})
		result.effects == all_of_s3
		not result.conditional
		result.level == 2
	}
}

test_a_denial_of_everything_but_something_else_takes_all if {
	result := found(statement("Allow", {"resources": [orders]}), {"own": [statement("Deny", {
		"resources": [],
		"not_resources": ["arn:aws:s3:::billing/*"],
	})]})
	result.effects == {}
	result.level == 0
}
