roles = ["orders", "stock"]
agents = {
  intake   = { role = "orders" }
  dispatch = { role = "orders", model = "amazon.nova-pro-v1:0" }
  counting = { role = "stock" }
}
