locals {
  desks = {
    billing  = { model = "amazon.nova-lite-v1:0" }
    returns  = { model = "amazon.nova-pro-v1:0" }
    warranty = { model = "amazon.nova-pro-v1:0" }
  }
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

resource "aws_iam_role" "desk" {
  for_each = local.desks

  name               = "desk-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_bedrockagent_agent" "desk" {
  for_each = local.desks

  agent_name              = "desk-${each.key}"
  agent_resource_role_arn = aws_iam_role.desk[each.key].arn
  foundation_model        = each.value.model
}

# The night shift works under the billing desk's role.
resource "aws_bedrockagent_agent" "night" {
  agent_name              = "night-shift"
  agent_resource_role_arn = aws_iam_role.desk["billing"].arn
  foundation_model        = "amazon.nova-lite-v1:0"
}
