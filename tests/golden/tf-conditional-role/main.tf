variable "isolated" {
  type = bool
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

resource "aws_iam_role" "own" {
  name               = "own"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role" "team" {
  name               = "team"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_bedrockagent_agent" "triage" {
  agent_name              = "triage"
  agent_resource_role_arn = var.isolated ? aws_iam_role.own.arn : aws_iam_role.team.arn
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about triage, briefly and truthfully."
}

resource "aws_bedrockagent_agent" "digest" {
  agent_name              = "digest"
  agent_resource_role_arn = aws_iam_role.team.arn
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about digest, briefly and truthfully."
}
