module "claims" {
  source = "./modules/agent"
  name   = "claims"
}

module "quotes" {
  source = "./modules/agent"
  name   = "quotes"
}

module "renewals" {
  source = "./modules/agent"
  name   = "renewals"
}
