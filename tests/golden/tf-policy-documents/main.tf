variable "tables" {
  type    = map(list(string))
  default = {}
}

data "aws_partition" "current" {}

data "aws_iam_policy_document" "base" {
  statement {
    sid       = "Logs"
    actions   = ["logs:PutLogEvents"]
    resources = ["*"]
  }

  statement {
    sid       = "Models"
    actions   = ["bedrock:InvokeModel"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "narrow" {
  statement {
    sid       = "Models"
    actions   = ["bedrock:InvokeModel"]
    resources = ["arn:${data.aws_partition.current.partition}:bedrock:*::foundation-model/amazon.nova-pro-v1:0"]
  }
}

data "aws_iam_policy_document" "tables" {
  source_policy_documents   = [data.aws_iam_policy_document.base.json]
  override_policy_documents = [data.aws_iam_policy_document.narrow.json]

  dynamic "statement" {
    for_each = local.settings.tables

    content {
      sid       = "Table${title(statement.key)}"
      actions   = [for verb in statement.value : "dynamodb:${verb}"]
      resources = [aws_dynamodb_table.this[statement.key].arn, "${aws_dynamodb_table.this[statement.key].arn}/index/*"]
    }
  }
}

locals {
  settings = merge([for file in fileset(path.module, "settings/*.yaml") : yamldecode(file("${path.module}/${file}"))]...)
}

resource "aws_dynamodb_table" "this" {
  for_each = local.settings.tables

  name         = each.key
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"
}

resource "aws_iam_role" "orders" {
  name = "orders"
  assume_role_policy = templatefile("${path.module}/trust.json.tftpl", {
    services = ["bedrock.amazonaws.com"]
    account  = "444455556666"
  })

  inline_policy {
    name   = "tables"
    policy = data.aws_iam_policy_document.tables.json
  }
}

resource "aws_bedrockagent_agent" "orders" {
  agent_name              = "orders"
  agent_resource_role_arn = aws_iam_role.orders.arn
  foundation_model        = "amazon.nova-pro-v1:0"
  instruction             = "Answer questions about orders, briefly and truthfully."
}
