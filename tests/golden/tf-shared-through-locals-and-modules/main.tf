module "identity" {
  source = "./identity"
}

locals {
  identities = module.identity.roles
  support    = local.identities["support"]
}

module "chat" {
  source   = "./runtime"
  name     = "chat"
  role_arn = local.support
}

module "mail" {
  source   = "./runtime"
  name     = "mail"
  role_arn = try(local.identities.support, null)
}

module "voice" {
  source   = "./runtime"
  name     = "voice"
  role_arn = lookup(local.identities, "voice", "")
}
