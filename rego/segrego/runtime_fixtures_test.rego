# A small world for the tests of the runtime rules: two agents, their tools, three issuers, and a call that is allowed.
# The keys are for these tests alone.
package segrego.runtime_fixtures_test

import data.segrego.runtime

now := 1800000000000000000

# 2027-01-15, a Friday, 08:00 UTC.
seconds := 1800000000

key := {
	"kty": "EC",
	"crv": "P-256",
	"kid": "key-0",
	"x": "Vkz5Q5IaS2xGccDvvvVYtpol6PRyz979W6A6HNHePTY",
	"y": "YxrICI_ycrEklA2vTL5CSJ3uLK24mHGuMj4XVnU1aPg",
	"d": "F4sDK5eK--h9hlfzY_003sJ9Zf-JmeQ5Pc4MGxVqDp0",
}

_other_key := {
	"kty": "EC",
	"crv": "P-256",
	"kid": "key-1",
	"x": "ztdVvHOjW218zD_uTdDju4sQc8tuEb5adseL4wDmuGE",
	"y": "fxmR7EAu2mg5fbhO5RtTe2HSoJQ_jQQCBaF9sKtN62g",
	"d": "_qDdTnLi_gGGZ250ehXlC2eZ-ibZ1HcVTSTwN1JkBTQ",
}

_public(of) := json.marshal({"keys": [json.remove(of, ["d"])]})

issuer(use) := {
	"use": use,
	"algorithms": ["ES256"],
	"audience": "segrego",
	"skew_seconds": 30,
	"keys": _public(key),
}

issuers := {
	"https://proofs.example": issuer("proof"),
	"spiffe://example.org": issuer("proof"),
	"https://grants.example": issuer("grant"),
	"https://people.example": issuer("approval"),
}

sign(claims) := _signed(claims, key)

forge(claims) := _signed(claims, _other_key)

_signed(claims, by) := io.jwt.encode_sign({"alg": "ES256", "typ": "JWT", "kid": by.kid}, claims, by)

proof(extra) := object.union(
	{"iss": "https://proofs.example", "sub": "orders", "aud": "segrego", "exp": seconds + 300, "jti": "proof-1"},
	extra,
)

grant(extra) := object.union(
	{
		"iss": "https://grants.example",
		"sub": "orders",
		"aud": "segrego",
		"iat": seconds,
		"exp": seconds + 600,
		"jti": "grant-1",
		"task": "task-1",
		"session": "session-1",
		"tools": {"orders": ["find_order", "change_address"]},
		"resources": [],
		"access": ["read", "write"],
		"calls": 2,
	},
	extra,
)

approval(extra) := object.union(
	{
		"iss": "https://people.example",
		"sub": "ada@example.org",
		"aud": "segrego",
		"exp": seconds + 60,
		"agent": "orders-agent",
		"session": "session-1",
		"tool": "orders",
		"operation": "refund",
		"arguments_digest": "sha256:1",
	},
	extra,
)

operation(access, extra) := object.union({"access": access, "approval": false, "arguments": [], "actions": []}, extra)

tool(operations, extra) := object.union(
	{
		"target": "arn:aws:lambda:eu-west-1:111122223333:function:orders",
		"domains": ["orders"],
		"environment": "production",
		"account": "111122223333",
		"external": false,
		"operations": operations,
	},
	extra,
)

tools := {
	"orders": tool(
		{
			"find_order": operation("read", {"arguments": ["order_id"], "actions": ["lambda:invokefunction"]}),
			"change_address": operation("write", {}),
			"refund": operation("write", {"approval": true}),
		},
		{},
	),
	"web": tool({"post": operation("execute", {})}, {"external": true, "domains": [], "account": null, "target": null}),
}

agent(extra) := object.union(
	{
		"name": "orders",
		"kind": "bedrock_agent",
		"account": "111122223333",
		"region": "eu-west-1",
		"environment": "production",
		"domains": ["orders", "customers"],
		"class": null,
		"roles": ["arn:aws:iam::111122223333:role/agents/orders"],
		"sessions": ["arn:aws:sts::111122223333:assumed-role/orders/"],
		"read_only": false,
		"grant_required": false,
		"collaborators": [],
		"tools": tools,
		"limits": {"calls": null, "window_seconds": 60, "hours": null},
	},
	extra,
)

own_subjects := {"https://proofs.example": ["orders"], "spiffe://example.org": ["spiffe://example.org/orders"]}

# The agents bundle with the orders agent as given.
agents(extra) := {
	"agents": {
		"orders-agent": agent(object.union({"subjects": own_subjects}, extra)),
		"desk-agent": agent({"name": "desk", "collaborators": ["orders-agent"]}),
	},
	"subjects": {
		"https://proofs.example": {"orders": "orders-agent", "desk": "desk-agent"},
		"spiffe://example.org": {"spiffe://example.org/orders": "orders-agent"},
	},
	"classes": {"desks": {"members": ["orders-agent"], "intact": true, "expires_at_ns": now + 1}},
	"domains": {"payroll": {"sensitive": true}},
	"resources": {
		"lengths": [17, 25],
		"domains": {"arn:aws:s3:::shop": ["customers"], "arn:aws:s3:::shop-payroll": ["payroll"]},
	},
	"issuers": issuers,
}

nothing_revoked := {"agents": {}, "tasks": {}, "sessions": {}}

bundle(name) := {"manifest": {"revision": concat("-", [name, "1"]), "metadata": {"not_after_ns": now + 1}}}

bundles := {name: bundle(name) | some name in ["policy", "agents", "revocations"]}

call(extra) := object.union(
	{
		"version": 1,
		"agent": "orders-agent",
		"proof": sign(proof({})),
		"grant": null,
		"role": "arn:aws:sts::111122223333:assumed-role/orders/session",
		"session": {"id": "session-1", "started_ns": null},
		"task": null,
		"flow": null,
		"tool": {"name": "orders", "operation": "find_order", "arguments": {}, "arguments_digest": "sha256:1"},
		"resource": null,
		"callers": [],
		"history": [],
		"approvals": [],
		"rate": null,
		"time_ns": now,
		"traceparent": null,
	},
	extra,
)

with_tool(name, operation_name) := {"tool": {
	"name": name,
	"operation": operation_name,
	"arguments": {},
	"arguments_digest": "sha256:1",
}}

resource(arn, extra) := {"resource": object.union(
	{"arn": arn, "account": null, "region": null, "domain": null, "environment": null},
	extra,
)}

past(operation_name, extra) := object.union(
	{
		"tool": "orders",
		"operation": operation_name,
		"verdict": "allow",
		"time_ns": now,
		"domain": null,
		"task": null,
	},
	extra,
)

# The decision on a call, with the orders agent as given.
decide(made, registered) := decide_in(made, agents(registered), nothing_revoked, bundles)

# Decided twice: as it is, and with every rule asked. A rule that speaks of a call that was taken for an ordinary one makes
# the two differ, and then there is no decision.
decide_in(made, registered, revoked, held) := decision if {
	decision := runtime.decision with input as made
		with data.segrego.agents as registered
		with data.segrego.revocations as revoked
		with data.system.bundles as held
		with time.now_ns as now
	asked := runtime.decision with input as made
		with data.segrego.agents as registered
		with data.segrego.revocations as revoked
		with data.system.bundles as held
		with time.now_ns as now
		with data.segrego.runtime_lib.ordinary.is_ordinary as false
	decision == asked
}

# The facts of each reason that a rule gives.
reasons(rule, decision) := [reason.facts | some reason in decision.reasons; reason.rule == rule]

# Whether exactly this rule denies.
only(rule, decision) if {
	decision.verdict == "deny"
	{reason.rule | some reason in decision.reasons} == {rule}
}
