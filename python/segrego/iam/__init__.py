"""Pure facts about IAM: ARNs, policy documents, action patterns. Nothing here reads a network or judges."""
