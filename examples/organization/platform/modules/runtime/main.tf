# An agent in a container.

variable "name" {
  type = string
}

variable "role_arn" {
  type = string
}

variable "image" {
  type = string
}

variable "environment" {
  type = string
}

resource "aws_bedrockagentcore_agent_runtime" "this" {
  agent_runtime_name = var.name
  role_arn           = var.role_arn

  agent_runtime_artifact {
    container_configuration {
      container_uri = var.image
    }
  }

  network_configuration {
    network_mode = "PUBLIC"
  }

  tags = { environment = var.environment }
}

output "id" {
  value = aws_bedrockagentcore_agent_runtime.this.agent_runtime_id
}
