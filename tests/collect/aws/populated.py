"""Fills a moto server, through boto3, with agents of several accounts and regions that share roles in a known way."""

from __future__ import annotations

import json
from typing import Any

import boto3

ACCOUNTS = ("123456789012", "210987654321", "345678901234")
REGIONS = ("us-east-1", "eu-west-1")
READER = "segrego-reader"


def populate(url: str, agents: int) -> dict[str, set[str]]:
    """Make this many agents over the accounts and regions. Gives every role that is shared, with its agents.

    In each account the agents stand in turn: three that share a role over both regions, one with a role of its own, two
    that share one within a region. IAM is global, so sharing crosses regions and never accounts.
    """
    holders: dict[str, set[str]] = {}
    for number, account in enumerate(ACCOUNTS):
        keys = _keys(url, account)
        iam = _client(url, "iam", REGIONS[0], keys)
        for index in range(number, agents, len(ACCOUNTS)):
            group, place = divmod(index // len(ACCOUNTS), 6)
            name = f"{('team', 'team', 'team', 'own', 'pair', 'pair')[place]}-{group}"
            region = REGIONS[0 if place >= 4 else place % 2]
            role = _role(iam, account, name, holders)
            made = _client(url, "bedrock-agent", region, keys).create_agent(
                agentName=f"agent-{index}", agentResourceRoleArn=role, foundationModel="amazon.nova-lite-v1:0"
            )
            holders[role].add(made["agent"]["agentArn"])
    return {role: held for role, held in holders.items() if len(held) > 1}


def _role(iam: Any, account: str, name: str, holders: dict[str, set[str]]) -> str:
    arn = f"arn:aws:iam::{account}:role/{name}"
    if arn not in holders:
        source = {"StringEquals": {"aws:SourceAccount": account}}
        trusted = {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}
        trust = {"Version": "2012-10-17", "Statement": [trusted | {"Condition": source}]}
        granted = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        document = json.dumps({"Version": "2012-10-17", "Statement": [granted]})
        iam.put_role_policy(RoleName=name, PolicyName="data", PolicyDocument=document)
        holders[arn] = set()
    return arn


def _keys(url: str, account: str) -> dict[str, str]:
    """Credentials in an account: moto gives each account its own world."""
    sts = boto3.client("sts", region_name=REGIONS[0], endpoint_url=url)
    made = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/admin", RoleSessionName="populate")["Credentials"]
    return {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
        "aws_session_token": made["SessionToken"],
    }


_CLIENTS: dict[tuple[str, ...], Any] = {}


def _client(url: str, service: str, region: str, keys: dict[str, str]) -> Any:
    key = (url, service, region, keys["aws_access_key_id"])
    if key not in _CLIENTS:
        _CLIENTS[key] = boto3.client(service, region_name=region, endpoint_url=url, **keys)
    return _CLIENTS[key]
