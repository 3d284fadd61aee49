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

resource "aws_iam_role" "a" {
  name               = "a"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_bedrockagent_agent" "one" {
  agent_name              = "one"
  agent_resource_role_arn = aws_iam_role.a.arn
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about one, briefly and truthfully."
}

resource "aws_bedrockagent_agent" "two" {
  agent_name              = "two"
  agent_resource_role_arn = aws_iam_role.a.arn
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about two, briefly and truthfully."
}
