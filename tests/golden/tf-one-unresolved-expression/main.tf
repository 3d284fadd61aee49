variable "execution_role_arn" {
  type        = string
  description = "The role that the identity team makes."
}

resource "aws_bedrockagent_agent" "morning" {
  agent_name              = "morning"
  agent_resource_role_arn = var.execution_role_arn
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about morning, briefly and truthfully."
}

resource "aws_bedrockagent_agent" "evening" {
  agent_name              = "evening"
  agent_resource_role_arn = "${var.execution_role_arn}"
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about evening, briefly and truthfully."
}
