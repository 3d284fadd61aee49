locals {
  tools = ["refund", "lookup"]
}

data "aws_iam_policy_document" "lambda" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "tools" {
  name               = "tools"
  assume_role_policy = data.aws_iam_policy_document.lambda.json
}

resource "aws_iam_role" "gateway" {
  name               = "gateway"
  assume_role_policy = replace(data.aws_iam_policy_document.lambda.json, "lambda.amazonaws.com", "bedrock-agentcore.amazonaws.com")
}

resource "aws_lambda_function" "tool" {
  count = length(local.tools)

  function_name = "tool-${local.tools[count.index]}"
  role          = aws_iam_role.tools.arn
  package_type  = "Image"
  image_uri     = "${aws_ecr_repository.tools.repository_url}:latest"

  environment {
    variables = {
      TABLE = "refunds"
    }
  }
}

resource "aws_ecr_repository" "tools" {
  name = "tools"
}

resource "aws_lambda_permission" "tool" {
  count = length(local.tools)

  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.tool[count.index].function_name
  principal     = "bedrock-agentcore.amazonaws.com"
  source_arn    = aws_bedrockagentcore_gateway.this.gateway_arn
}

resource "aws_bedrockagentcore_gateway" "this" {
  name            = "shop"
  role_arn        = aws_iam_role.gateway.arn
  authorizer_type = "AWS_IAM"
  protocol_type   = "MCP"
}

resource "aws_bedrockagentcore_api_key_credential_provider" "carrier" {
  name       = "carrier"
  api_key_wo = "never read"
}

resource "aws_bedrockagentcore_gateway_target" "tool" {
  count = length(local.tools)

  name               = local.tools[count.index]
  gateway_identifier = aws_bedrockagentcore_gateway.this.gateway_id

  credential_provider_configuration {
    gateway_iam_role {}
  }

  target_configuration {
    mcp {
      lambda {
        lambda_arn = aws_lambda_function.tool[count.index].arn

        tool_schema {
          inline_payload {
            name        = local.tools[count.index]
            description = "A tool of the shop."

            input_schema {
              type = "object"
            }
          }
        }
      }
    }
  }
}

resource "aws_bedrockagentcore_gateway_target" "carrier" {
  name               = "carrier"
  gateway_identifier = aws_bedrockagentcore_gateway.this.gateway_id

  credential_provider_configuration {
    api_key {
      provider_arn = aws_bedrockagentcore_api_key_credential_provider.carrier.credential_provider_arn
    }
  }

  target_configuration {
    mcp {
      open_api_schema {
        inline_payload {
          payload = file("${path.module}/carrier.json")
        }
      }
    }
  }
}
