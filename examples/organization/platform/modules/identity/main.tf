# A role that AgentCore assumes for the named resources of this account, and for no other.

variable "name" {
  type = string
}

variable "account" {
  type = string
}

variable "sources" {
  type        = list(string)
  description = "ARNs of the AgentCore resources that run under the role."
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["bedrock-agentcore.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = var.sources
    }
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

output "arn" {
  value = aws_iam_role.this.arn
}

output "name" {
  value = aws_iam_role.this.name
}
