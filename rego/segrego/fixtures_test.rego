# Small inventories for the tests of the rules: whole entities, of which a test says only what matters to it.
package segrego.fixtures_test

place(name, line) := {"source": "stack.yaml", "file": "stack.yaml", "line": line, "address": name}

workload(id, kind, extra) := object.union(
	{
		"id": id,
		"kind": kind,
		"name": id,
		"arn": null,
		"account": null,
		"region": null,
		"status": null,
		"created_ns": null,
		"bindings": [],
		"uses": [],
		"environment": null,
		"owner": null,
		"purpose": null,
		"domains": [],
		"agent_class": null,
		"hosted_agents": [],
		"idle_timeout_seconds": null,
		"max_lifetime_seconds": null,
		"inbound": null,
		"policy_engine": null,
		"variables": [],
		"only_if": [],
		"tags": [],
		"location": place(id, 1),
		"tools": [],
		"serves": [],
		"credentials": [],
		"used_by": [],
	},
	extra,
)

agent(id, extra) := workload(id, "bedrock_agent", extra)

# A role that the given workloads hold.
role(id, holders, extra) := object.union(
	{
		"id": id,
		"name": id,
		"arn": null,
		"account": "111122223333",
		"identity": "known",
		"unread": [],
		"trust": [],
		"policies": [],
		"boundary": null,
		"max_session_seconds": null,
		"created_ns": null,
		"last_used_ns": null,
		"service_access": null,
		"tags": [],
		"environment": null,
		"owner": null,
		"location": place(id, 10),
		"handed_on": null,
		"trusted_roles": [],
		"bindings": [held |
			some holder in holders
			held := binding(holder, "execution", null, [])
		],
	},
	extra,
)

binding(holder, slot, version, via) := {
	"workload": holder.id,
	"kind": holder.kind,
	"slot": slot,
	"version": version,
	"via": via,
	"certainty": "exact",
}

policy(id, statements) := {
	"id": id,
	"name": id,
	"kind": "inline",
	"arn": null,
	"read": true,
	"statements": statements,
	"location": place(id, 20),
}

allow(actions, resources) := statement("Allow", {"actions": actions, "resources": resources})

statement(effect, extra) := object.union(
	{
		"effect": effect,
		"sid": null,
		"actions": [],
		"not_actions": [],
		"resources": [],
		"not_resources": [],
		"conditions": [],
		"line": 21,
	},
	extra,
)

condition(operator, key, values) := {
	"operator": operator,
	"key": key,
	"values": values,
	"if_exists": false,
	"qualifier": "",
}

trust(services, conditions) := {
	"effect": "Allow",
	"sid": null,
	"actions": ["sts:assumerole"],
	"not_actions": [],
	"principals": [{"type": "Service", "value": service} | some service in services],
	"not_principals": [],
	"conditions": conditions,
	"line": 11,
}

# A trust statement for any kind of principal: pairs of type and value.
lets(principals, conditions) := object.union(trust([], conditions), {"principals": [{"type": type, "value": value} |
	some [type, value] in principals
]})

source(id, workloads) := {
	"id": id,
	"kind": "document",
	"digest": null,
	"account": null,
	"region": null,
	"workloads": workloads,
}

credential(id, kind, extra) := object.union(
	{
		"id": id,
		"kind": kind,
		"name": id,
		"arn": null,
		"account": null,
		"holder": null,
		"rotation": null,
		"rotation_days": null,
		"created_ns": null,
		"changed_ns": null,
		"location": place(id, 40),
		"tools": [],
	},
	extra,
)

telemetry(id, extra) := object.union(
	{
		"id": id,
		"account": null,
		"region": null,
		"invocation_logging": null,
		"data_events": null,
		"location": null,
	},
	extra,
)

# Days in nanoseconds.
days(number) := (((number * 24) * 60) * 60) * 1000000000

tool(id, owner, target) := {
	"id": id,
	"name": id,
	"owner": owner,
	"kind": "lambda",
	"target": target,
	"state": "enabled",
	"operations": [],
	"operations_read": true,
	"credentials": [],
	"location": place(id, 30),
}

resource(id, kind, extra) := object.union(
	{
		"id": id,
		"kind": kind,
		"name": id,
		"arn": null,
		"account": null,
		"domains": [],
		"sensitivity": null,
		"environment": null,
		"tags": [],
		"location": place(id, 40),
	},
	extra,
)

# What a resource pattern names, in one account or (null) in none that is known.
pattern(text, names) := pattern_in(null, text, names)

pattern_in(account, text, names) := {
	"pattern": text,
	"file": null,
	"groups": [{"account": account, "names": names}],
}

thing(kind, id, arn) := {"kind": kind, "id": id, "arn": arn}

use(relation, target) := {"relation": relation, "target": target}

user(relation, workload_id) := {"relation": relation, "workload": workload_id}

# A class with which nothing is wrong: approved, running, and what was approved.
agent_class(name, members, extra) := object.union(
	{
		"name": name,
		"members": members,
		"justification": "they do the same task",
		"approver": "alice",
		"expires_at_ns": 2000,
		"approved": "sha256:a",
		"fingerprint": "sha256:a",
		"overlaps": [],
		"location": null,
	},
	extra,
)

holds(role_id) := {"bindings": [{
	"role": role_id,
	"slot": "draft",
	"version": null,
	"via": [],
	"certainty": "exact",
}]}

label(value) := {"value": value, "origin": "tag"}

# The inventory of the given parts, with the action patterns that these tests use.
inventory(parts) := object.union(
	{
		"version": 1,
		"evaluated_at_ns": 1000,
		"sources": [],
		"workloads": [],
		"roles": [],
		"policies": [],
		"tools": [],
		"resources": [],
		"resource_policies": [],
		"credentials": [],
		"accounts": [],
		"telemetry": [],
		"gaps": [],
		"actions": actions,
		"arns": [],
		"twin_roles": [],
		"resource_patterns": [],
		"role_chains": [],
		"shared_uses": [],
		"agent_classes": [],
		"exceptions": [],
		"settings": settings({}),
	},
	parts,
)

settings(extra) := object.union(
	{
		"fail_on": "low",
		"thresholds": {
			"unused_days": 90,
			"rotation_days": 90,
			"session_seconds": 3600,
			"idle_seconds": 3600,
			"lifetime_seconds": 28800,
			"boundary_environments": [],
		},
		"select": [],
		"ignore": [],
		"severities": [],
	},
	extra,
)

actions := [object.union({"service_known": true, "arn_services": ["s3"], "arn_resources": [], "nearest": null}, entry) | some entry in _actions]

_actions := [
	{"pattern": "*", "span": "all", "matches": []},
	{"pattern": "nosuch:action", "span": "unknown", "matches": []},
	exact("s3:getobject", "Read", true),
	exact("s3:putobject", "Write", true),
	exact("s3:putbucketpolicy", "Permissions management", true),
	exact("ce:getcostandusage", "Read", false),
	exact("ce:updatepreferences", "Write", false),
	exact("bedrock:invokemodel", "Read", true),
	exact("bedrock:invokeagent", "Read", true),
	exact("lambda:invokefunction", "Write", true),
	exact("logs:putlogevents", "Write", true),
	exact("new:level", "Unheard of", true),
	exact("dynamodb:putitem", "Write", true),
	exact("sts:assumerole", "Write", true),
	exact("secretsmanager:getsecretvalue", "Read", true),
	exact("iam:putrolepolicy", "Permissions management", true),
	exact("iam:createpolicyversion", "Permissions management", true),
	exact("lambda:updatefunctioncode", "Write", true),
	exact("bedrock:updateagent", "Write", true),
	exact("bedrock:updateagentalias", "Write", true),
	exact("bedrock-agentcore:createevent", "Write", true),
	exact("bedrock-agentcore:getworkloadaccesstoken", "Read", true),
	exact("bedrock-agentcore:updatepolicyengine", "Write", true),
	exact("bedrock-agentcore:updategateway", "Write", true),
	{"pattern": "s3:get*", "span": "partial", "matches": [action("s3:getobject", "Read", true)]},
	{"pattern": "s3:put*", "span": "partial", "matches": [
		action("s3:putobject", "Write", true),
		action("s3:putbucketpolicy", "Permissions management", true),
	]},
	{"pattern": "s3:*", "span": "service", "matches": [
		action("s3:getobject", "Read", true),
		action("s3:putobject", "Write", true),
		action("s3:putbucketpolicy", "Permissions management", true),
	]},
]

exact(name, level, scopable) := {"pattern": name, "span": "exact", "matches": [action(name, level, scopable)]}

action(name, level, scopable) := {"name": name, "level": level, "scopable": scopable}
