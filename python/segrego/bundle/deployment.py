"""The files of a sidecar for where it runs: a host, docker compose, Kubernetes, an ECS task."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from segrego.bundle.sidecar import Kind, SidecarSettings, arguments, authorization, configuration, mask

__all__ = ["FOLDERS", "files"]

FOLDERS: Mapping[Kind, str] = {"opa": ".", "compose": "/segrego", "kubernetes": "/segrego", "ecs": "/segrego"}
"""Where the sidecar finds its files."""

_TOKEN = "SEGREGO_BUNDLES_TOKEN"  # noqa: S105 - the name of a variable
_NOBODY = 65532
_COMPOSE_FOLDER = "${SEGREGO_SIDECAR:?the folder of the sidecar's files}"
"""Compose takes relative paths as from its first file, which is the user's own."""


def files(settings: SidecarSettings) -> dict[str, bytes]:
    """Every file by its name. ``token`` is the secret one.

    Raises :class:`~segrego.errors.ConfigError` as :func:`~segrego.bundle.sidecar.configuration` does.
    """
    found = {
        "opa.yaml": _yaml(configuration(settings)),
        "authz.rego": authorization(settings.token),
        "mask.rego": mask(),
        "token": settings.token,
        **_WRITERS[settings.kind](settings),
    }
    content = {name: text.encode() for name, text in found.items()}
    return content | ({"ca.pem": settings.server_ca} if settings.server_ca else {})


def _opa(settings: SidecarSettings) -> dict[str, str]:
    command = shlex.join(arguments(settings))
    return {"run.sh": f'#!/bin/sh\nset -eu\ncd "$(dirname "$0")"\nexec "${{OPA:-opa}}" {command}\n'}


def _mounted(settings: SidecarSettings) -> list[str]:
    return ["opa.yaml", "authz.rego", "mask.rego", *(["ca.pem"] if settings.server_ca else [])]


def _compose(settings: SidecarSettings) -> dict[str, str]:
    """The sidecar shares the agent's network, so that its loopback is the agent's."""
    environment = [_TOKEN] if settings.server_token else []
    if settings.s3_region:
        environment += ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
        environment += [f"AWS_REGION={settings.s3_region}"]
    sidecar: dict[str, Any] = {
        "image": settings.image,
        "command": arguments(settings),
        "network_mode": f"service:{settings.service}",
        "volumes": [
            {
                "type": "bind",
                "source": f"{_COMPOSE_FOLDER}/{name}",
                "target": f"{settings.folder}/{name}",
                "read_only": True,
            }
            for name in _mounted(settings)
        ],
        "environment": environment,
        "healthcheck": {"test": ["CMD", *_probe(settings)], "interval": "10s", "timeout": "5s"},
        "restart": "unless-stopped",
        "read_only": True,
        "user": f"{_NOBODY}:{_NOBODY}",
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
    }
    agent = {"secrets": ["segrego-sidecar-token"]}
    secrets = {"segrego-sidecar-token": {"file": f"{_COMPOSE_FOLDER}/token"}}
    return {"compose.yaml": _yaml({"services": {settings.service: agent, "segrego": sidecar}, "secrets": secrets})}


def _kubernetes(settings: SidecarSettings) -> dict[str, str]:
    """A Kustomize component: a native sidecar container (an init container that stays) in the agent's deployment."""
    secret = {"secretKeyRef": {"name": "segrego-bundles", "key": "token"}}
    sidecar = {
        "name": "segrego",
        "image": settings.image,
        "restartPolicy": "Always",
        "args": arguments(settings),
        "env": [{"name": _TOKEN, "valueFrom": secret}] if settings.server_token else [],
        "startupProbe": {"exec": {"command": _probe(settings)}, "periodSeconds": 2, "failureThreshold": 60},
        "livenessProbe": {"exec": {"command": _probe(settings)}, "periodSeconds": 20, "timeoutSeconds": 5},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "runAsUser": _NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumeMounts": [{"name": "segrego", "mountPath": settings.folder, "readOnly": True}],
    }
    token = {"name": "segrego-token", "mountPath": "/run/secrets/segrego", "readOnly": True}
    pod = {
        "initContainers": [sidecar],
        "containers": [{"name": settings.service, "volumeMounts": [token]}],
        "volumes": [
            {"name": "segrego", "configMap": {"name": "segrego-sidecar"}},
            {"name": "segrego-token", "secret": {"secretName": "segrego-sidecar-token"}},
        ],
    }
    patch = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": settings.service},
        "spec": {"template": {"spec": pod}},
    }
    component = {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "configMapGenerator": [{"name": "segrego-sidecar", "files": _mounted(settings)}],
        "secretGenerator": [{"name": "segrego-sidecar-token", "files": ["token"]}],
        "patches": [{"path": "patch.yaml"}],
    }
    return {"kustomization.yaml": _yaml(component), "patch.yaml": _yaml(patch)}


def _ecs(settings: SidecarSettings) -> dict[str, str]:
    """A container definition for the agent's task (network mode ``awsvpc``, in which containers share a loopback). ECS
    mounts no files, so they are in an image, without the token."""
    copied = " ".join(_mounted(settings))
    container: dict[str, Any] = {
        "name": "segrego",
        "image": "${SEGREGO_IMAGE}",
        "essential": True,
        "command": arguments(settings),
        "user": f"{_NOBODY}:{_NOBODY}",
        "readonlyRootFilesystem": True,
        "healthCheck": {"command": ["CMD", *_probe(settings)], "interval": 10, "timeout": 5, "retries": 3},
        "linuxParameters": {"capabilities": {"drop": ["ALL"]}},
    }
    if settings.server_token:
        container["secrets"] = [{"name": _TOKEN, "valueFrom": "${SEGREGO_BUNDLES_TOKEN_ARN}"}]
    return {
        "Dockerfile": f"FROM {settings.image}\nCOPY {copied} {settings.folder}/\n",
        ".dockerignore": "token\n",
        "container.json": json.dumps(container, indent=2) + "\n",
    }


def _probe(settings: SidecarSettings) -> list[str]:
    """OPA's images hold nothing but OPA, so OPA asks itself: nothing has to listen outside of the loopback. Exit code 0
    once all bundles are there."""
    question = {"method": "GET", "url": f"http://127.0.0.1:{settings.port}/health?bundles"}
    return ["/opa", "eval", "--fail", f"answer := http.send({json.dumps(question)}); answer.status_code == 200"]


_WRITERS: dict[Kind, Callable[[SidecarSettings], dict[str, str]]] = {
    "opa": _opa,
    "compose": _compose,
    "kubernetes": _kubernetes,
    "ecs": _ecs,
}


def _yaml(value: Any) -> str:
    import yaml

    return yaml.safe_dump(value, sort_keys=False, width=120)
