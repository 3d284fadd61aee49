resource "awscc_iam_role" "runtime" {
  role_name = "runtime"
  assume_role_policy_document = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "bedrock-agentcore.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = "444455556666" } }
    }]
  })
  policies = [{
    policy_name = "models"
    policy_document = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = ["bedrock:InvokeModel"], Resource = "*" }]
    })
  }]
}

resource "awscc_bedrockagentcore_runtime" "planner" {
  agent_runtime_name = "planner"
  role_arn           = awscc_iam_role.runtime.arn
  agent_runtime_artifact = {
    container_configuration = {
      container_uri = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/planner:3"
    }
  }
  network_configuration = { network_mode = "PUBLIC" }
}

resource "awscc_bedrock_agent" "writer" {
  agent_name              = "writer"
  agent_resource_role_arn = awscc_iam_role.runtime.arn
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Write what the planner has planned, in plain words."
}
