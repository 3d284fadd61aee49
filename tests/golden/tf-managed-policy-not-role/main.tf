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

resource "aws_iam_role" "claims" {
  name               = "claims"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role" "quotes" {
  name               = "quotes"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_policy" "models" {
  name = "models"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "bedrock:InvokeModel", Resource = "*" }]
  })
}

resource "aws_iam_role_policy_attachment" "models" {
  for_each = {
    claims = aws_iam_role.claims.name
    quotes = aws_iam_role.quotes.name
  }

  role       = each.value
  policy_arn = aws_iam_policy.models.arn
}

resource "aws_bedrockagent_agent" "claims" {
  agent_name              = "claims"
  agent_resource_role_arn = aws_iam_role.claims.arn
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about claims, briefly and truthfully."
}

resource "aws_bedrockagent_agent" "quotes" {
  agent_name              = "quotes"
  agent_resource_role_arn = aws_iam_role.quotes.arn
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about quotes, briefly and truthfully."
}
