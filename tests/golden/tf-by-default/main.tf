variable "role_arn" {
  type    = string
  default = "arn:aws:iam::444455556666:role/agents"
}

variable "audit_role_arn" {
  type    = string
  default = null
}

resource "aws_bedrockagent_agent" "morning" {
  agent_name              = "morning"
  agent_resource_role_arn = var.role_arn
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about morning, briefly and truthfully."
}

resource "aws_bedrockagent_agent" "evening" {
  agent_name              = "evening"
  agent_resource_role_arn = var.role_arn
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about evening, briefly and truthfully."
}

resource "aws_bedrockagent_agent" "audit" {
  agent_name              = "audit"
  agent_resource_role_arn = coalesce(var.audit_role_arn, "arn:aws:iam::444455556666:role/audit")
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about audit, briefly and truthfully."
}
