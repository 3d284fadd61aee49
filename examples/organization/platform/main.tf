# The agents of a web shop's platform team on Amazon Bedrock AgentCore, with two mistakes that the README beside names.
# plan.json is what `terraform plan -out=plan && terraform show -json plan` says of it.

terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account]

  default_tags {
    tags = { team = "platform" }
  }
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "account" {
  type    = string
  default = "444455556666"
}

variable "artifacts" {
  type        = string
  description = "Bucket that the pipeline puts the functions' packages into."
  default     = "shop-platform-artifacts"
}

variable "identities" {
  type        = map(list(string))
  description = <<-EOT
    Roles, and the AgentCore resources that each of them trusts. AWS chooses the end of an id when it makes the resource,
    which is after its role: the first apply passes "runtime/*", and the ids that it outputs are then written here.
  EOT
  default = {
    code_review = ["runtime/code_review-f2Zk8QxW1p"]
    concierge   = ["runtime/concierge-u7LbN4tRs9", "gateway/shop-tools-q0w3e6r9t2"]
    memory      = ["memory/concierge_memory-Hd5Jm2Vy7K"]
    pricing     = ["runtime/pricing-c9XaT6oGe3"]
    research    = ["runtime/research-B1yPz4MnD8", "runtime/research_staging-w3SvK7hUj5"]
  }
}

variable "runtimes" {
  type = map(object({
    identity    = string
    environment = string
    image       = string
  }))
  default = {
    code_review = { identity = "code_review", environment = "production", image = "code_review:2026-11-03" }
    concierge   = { identity = "concierge", environment = "production", image = "concierge:2026-11-17" }
    pricing     = { identity = "pricing", environment = "production", image = "pricing:2026-10-29" }
    research    = { identity = "research", environment = "production", image = "research:2026-11-12" }
    # The trial run writes into the reports of the real one: it has its role.
    research_staging = { identity = "research", environment = "staging", image = "research:2026-11-19" }
  }
}

locals {
  agentcore = "arn:aws:bedrock-agentcore:${var.region}:${var.account}"
  registry  = "${var.account}.dkr.ecr.${var.region}.amazonaws.com"

  tools = {
    basket = {
      operation   = "put_into_basket"
      description = "Put an article into the customer's basket."
      argument    = "article_id"
      table       = "baskets"
      actions     = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
    }
    catalog = {
      operation   = "find_articles"
      description = "Articles of the catalog that match some words."
      argument    = "words"
      table       = "articles"
      actions     = ["dynamodb:GetItem", "dynamodb:Query"]
    }
  }
}

# ------------------------------------------------------------------ roles

module "identity" {
  source   = "./modules/identity"
  for_each = var.identities

  name    = "agent-${replace(each.key, "_", "-")}"
  account = var.account
  sources = [for source in each.value : "${local.agentcore}:${source}"]
}

# What a runtime needs before it does anything.
data "aws_iam_policy_document" "run" {
  for_each = toset(["code_review", "concierge", "pricing", "research"])

  statement {
    sid       = "Login"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "Image"
    actions   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = ["arn:aws:ecr:${var.region}:${var.account}:repository/agents/${each.key}"]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:aws:logs:${var.region}:${var.account}:log-group:/aws/bedrock-agentcore/runtimes/${each.key}*"]
  }

  statement {
    sid       = "Model"
    actions   = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    resources = ["arn:aws:bedrock:${var.region}::foundation-model/amazon.nova-pro-v1:0"]
  }
}

resource "aws_iam_role_policy" "run" {
  for_each = toset(["code_review", "concierge", "pricing", "research"])

  name   = "run"
  role   = module.identity[each.key].name
  policy = data.aws_iam_policy_document.run[each.key].json
}

data "aws_iam_policy_document" "research" {
  statement {
    sid       = "Sources"
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::shop-market-studies/*"]
  }

  statement {
    sid       = "Reports"
    actions   = ["s3:PutObject"]
    resources = ["arn:aws:s3:::shop-research-reports/*"]
  }
}

resource "aws_iam_role_policy" "research" {
  name   = "research"
  role   = module.identity["research"].name
  policy = data.aws_iam_policy_document.research.json
}

data "aws_iam_policy_document" "pricing" {
  statement {
    sid       = "Prices"
    actions   = ["dynamodb:GetItem", "dynamodb:Query"]
    resources = ["arn:aws:dynamodb:${var.region}:${var.account}:table/prices"]
  }
}

resource "aws_iam_role_policy" "pricing" {
  name   = "pricing"
  role   = module.identity["pricing"].name
  policy = data.aws_iam_policy_document.pricing.json
}

data "aws_iam_policy_document" "code_review" {
  statement {
    sid       = "Token"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:aws:secretsmanager:${var.region}:${var.account}:secret:code-review/git-token-??????"]
  }
}

resource "aws_iam_role_policy" "code_review" {
  name   = "code-review"
  role   = module.identity["code_review"].name
  policy = data.aws_iam_policy_document.code_review.json
}

# The concierge needs its tools and its memory, and the gateway needs the tools' functions: one role holds all of it.
data "aws_iam_policy_document" "concierge" {
  statement {
    sid       = "Gateway"
    actions   = ["bedrock-agentcore:InvokeGateway"]
    resources = [aws_bedrockagentcore_gateway.tools.gateway_arn]
  }

  statement {
    sid       = "Functions"
    actions   = ["lambda:InvokeFunction"]
    resources = [aws_lambda_function.tool["basket"].arn, aws_lambda_function.tool["catalog"].arn]
  }

  statement {
    sid = "Memory"
    actions = [
      "bedrock-agentcore:CreateEvent",
      "bedrock-agentcore:ListEvents",
      "bedrock-agentcore:RetrieveMemoryRecords",
    ]
    resources = [aws_bedrockagentcore_memory.concierge.arn]
  }
}

resource "aws_iam_role_policy" "concierge" {
  name   = "concierge"
  role   = module.identity["concierge"].name
  policy = data.aws_iam_policy_document.concierge.json
}

data "aws_iam_policy_document" "memory" {
  statement {
    sid       = "Model"
    actions   = ["bedrock:InvokeModel"]
    resources = ["arn:aws:bedrock:${var.region}::foundation-model/amazon.nova-lite-v1:0"]
  }
}

resource "aws_iam_role_policy" "memory" {
  name   = "memory"
  role   = module.identity["memory"].name
  policy = data.aws_iam_policy_document.memory.json
}

# ------------------------------------------------------------------ agents

module "runtime" {
  source   = "./modules/runtime"
  for_each = var.runtimes

  name        = each.key
  role_arn    = module.identity[each.value.identity].arn
  image       = "${local.registry}/agents/${each.value.image}"
  environment = each.value.environment
}

resource "aws_bedrockagentcore_memory" "concierge" {
  name                      = "concierge_memory"
  description               = "What customers told the concierge, for thirty days."
  event_expiry_duration     = 30
  memory_execution_role_arn = module.identity["memory"].arn
}

# ------------------------------------------------------------------ tools

resource "aws_bedrockagentcore_gateway" "tools" {
  name            = "shop-tools"
  role_arn        = module.identity["concierge"].arn
  authorizer_type = "AWS_IAM"
  protocol_type   = "MCP"
}

resource "aws_bedrockagentcore_gateway_target" "tool" {
  for_each = local.tools

  name               = each.key
  gateway_identifier = aws_bedrockagentcore_gateway.tools.gateway_id

  credential_provider_configuration {
    gateway_iam_role {}
  }

  target_configuration {
    mcp {
      lambda {
        lambda_arn = aws_lambda_function.tool[each.key].arn

        tool_schema {
          inline_payload {
            name        = each.value.operation
            description = each.value.description

            input_schema {
              type = "object"

              property {
                name     = each.value.argument
                type     = "string"
                required = true
              }
            }
          }
        }
      }
    }
  }
}

resource "aws_lambda_function" "tool" {
  for_each = local.tools

  function_name = "concierge-${each.key}"
  role          = aws_iam_role.tool[each.key].arn
  runtime       = "python3.13"
  handler       = "${each.key}.handler"
  s3_bucket     = var.artifacts
  s3_key        = "${each.key}.zip"
}

data "aws_iam_policy_document" "function" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "tool" {
  for_each = local.tools

  name               = "tool-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.function.json
}

data "aws_iam_policy_document" "tool" {
  for_each = local.tools

  statement {
    sid       = "Table"
    actions   = each.value.actions
    resources = ["arn:aws:dynamodb:${var.region}:${var.account}:table/${each.value.table}"]
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:aws:logs:${var.region}:${var.account}:log-group:/aws/lambda/concierge-${each.key}:*"]
  }
}

resource "aws_iam_role_policy" "tool" {
  for_each = local.tools

  name   = "tool"
  role   = aws_iam_role.tool[each.key].name
  policy = data.aws_iam_policy_document.tool[each.key].json
}

# ------------------------------------------------------------------ what var.identities is written from

output "sources" {
  value = concat(
    [for runtime in module.runtime : "runtime/${runtime.id}"],
    ["gateway/${aws_bedrockagentcore_gateway.tools.gateway_id}", "memory/${aws_bedrockagentcore_memory.concierge.id}"],
  )
}
