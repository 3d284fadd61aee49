resource "aws_iam_role" "b" {
  name = "b
}
