"""Signed bundles for the OPA sidecars that decide before tool calls: docs/bundles.md."""
