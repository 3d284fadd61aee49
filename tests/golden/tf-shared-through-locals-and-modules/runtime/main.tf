variable "name" {}

variable "role_arn" {}

resource "aws_bedrockagentcore_agent_runtime" "this" {
  agent_runtime_name = var.name
  role_arn           = var.role_arn

  agent_runtime_artifact {
    container_configuration {
      container_uri = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/agents/${var.name}:1"
    }
  }

  network_configuration {
    network_mode = "PUBLIC"
  }
}
