variable "agents" {
  type = map(object({
    role  = string
    model = optional(string, "amazon.nova-lite-v1:0")
  }))
}

variable "roles" {
  type    = set(string)
  default = []
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

resource "aws_iam_role" "this" {
  for_each = var.roles

  name               = each.value
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_bedrockagent_agent" "this" {
  for_each = var.agents

  agent_name              = each.key
  agent_resource_role_arn = aws_iam_role.this[each.value.role].arn
  foundation_model        = each.value.model
}
