"""A small server of bundles for those who have none, with receivers of what sidecars report."""
