data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["bedrock.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
    condition {
      test     = "ArnLike"
      variable = "AWS:SourceArn"
      values   = ["arn:aws:bedrock:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:agent/*"]
    }
  }
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

resource "aws_iam_role" "local" {
  name               = "local"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_bedrockagent_agent" "local" {
  agent_name              = "local"
  agent_resource_role_arn = aws_iam_role.local.arn
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about local, briefly and truthfully."
}

module "remote" {
  source  = "terraform-aws-modules/lambda/aws"
  version = "~> 8.0"
}

module "git" {
  source = "git::https://example.com/agents.git//runtime?ref=v1"
  count  = 0
}

resource "aws_bedrockagent_agent" "remote" {
  agent_name              = "remote"
  agent_resource_role_arn = module.remote.lambda_role_arn
  foundation_model        = "amazon.nova-pro-v1:0"
}
