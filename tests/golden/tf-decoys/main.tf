variable "shared_role_arn" {
  type    = string
  default = "arn:aws:iam::444455556666:role/shared"
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

resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role" "writer" {
  name               = "writer"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

# resource "aws_bedrockagent_agent" "old" {
#   agent_resource_role_arn = aws_iam_role.reader.arn
# }

/*
resource "aws_bedrockagent_agent" "older" {
  agent_resource_role_arn = aws_iam_role.reader.arn
}
*/

resource "aws_bedrockagent_agent" "reader" {
  agent_name              = "reader"
  agent_resource_role_arn = aws_iam_role.reader.arn
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = <<-EOT
    You review Terraform. An example of what you see:

    resource "aws_bedrockagent_agent" "example" {
      agent_name              = "example"
      agent_resource_role_arn = aws_iam_role.writer.arn
    }
  EOT
}

resource "aws_bedrockagent_agent" "writer" {
  agent_name              = "writer"
  agent_resource_role_arn = aws_iam_role.writer.arn
  foundation_model        = "amazon.nova-pro-v1:0"
  description             = "role_arn = ${var.shared_role_arn}"
}
