provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["444455556666"]
}

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

resource "aws_iam_role" "warehouse" {
  name               = "warehouse"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_bedrockagent_agent" "intake" {
  agent_name              = "intake"
  agent_resource_role_arn = aws_iam_role.warehouse.arn
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about intake, briefly and truthfully."
}

resource "aws_bedrockagent_agent" "dispatch" {
  agent_name              = "dispatch"
  agent_resource_role_arn = "arn:aws:iam::444455556666:role/warehouse"
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about dispatch, briefly and truthfully."
}

resource "aws_bedrockagent_agent" "foreign" {
  agent_name              = "foreign"
  agent_resource_role_arn = "arn:aws:iam::777788889999:role/warehouse"
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about foreign, briefly and truthfully."
}
