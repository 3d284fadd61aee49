locals {
  names = toset(["support", "voice"])
}

resource "aws_iam_role" "this" {
  for_each = local.names

  name_prefix = "${each.value}-"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "bedrock-agentcore.amazonaws.com" }
    }]
  })
}

output "roles" {
  value = { for name, role in aws_iam_role.this : name => role.arn }
}
