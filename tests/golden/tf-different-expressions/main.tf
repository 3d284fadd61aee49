variable "morning_role_arn" {}

variable "evening_role_arn" {}

resource "aws_bedrockagent_agent" "morning" {
  agent_name              = "morning"
  agent_resource_role_arn = var.morning_role_arn
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about morning, briefly and truthfully."
}

resource "aws_bedrockagent_agent" "evening" {
  agent_name              = "evening"
  agent_resource_role_arn = var.evening_role_arn
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about evening, briefly and truthfully."
}
