# Expressions, and in expected.json what Terraform 1.11.4 makes of each.
variable "m" { default = { b = 1, a = 2 } }
variable "l" { default = ["x", "y", "x"] }
locals {
  t01 = format("%s-%03d %v %q %%", "a", 7, true, "z")
  t02 = join(",", [for k, v in var.m : "${k}=${v}"])
  t03 = merge({ a = 1 }, { b = 2 }, null)
  t04 = concat([1], ["a"], [])
  t05 = lookup({ a = "x" }, "b", "d")
  t06 = element(["a", "b", "c"], 4)
  t07 = toset(["b", "a", "b"])
  t08 = keys({ b = 1, a = 2 })
  t09 = values({ b = 1, a = 2 })
  t10 = flatten([["a", ["b"]], [], ["c"]])
  t11 = replace("a_b_c", "_", "-")
  t12 = coalesce("", null, "z")
  t13 = try(var.m.zzz, "fallback")
  t14 = split(",", "a,b,,c")
  t15 = length("héllo")
  t16 = zipmap(["a", "b"], [1, 2])
  t17 = setproduct(["a", "b"], [1, 2])
  t18 = distinct(["b", "a", "b"])
  t19 = contains(["a"], "b")
  t20 = jsondecode("{\"a\":[1,true,null]}")
  t21 = jsonencode({ a = [1, true, null], b = "x<y" })
  t22 = yamldecode("a: [1, two]\n")
  t23 = "%{ for x in var.l ~}${x};%{ endfor ~}end"
  t24 = <<-EOT
    a
      b ${1 + 1}

    c
  EOT
  t25 = <<EOT
%{ if true ~}
yes
%{ else ~}
no
%{ endif ~}
$${x} %%{y} \n
EOT
  t26 = { for k, v in var.m : v => k... }
  t27 = { for x in var.l : x => upper(x)... }
  t28 = [for i, x in var.l : "${i}${x}" if x != "y"]
  t29 = var.l[*]
  t30 = [{ a = { b = 1 } }, { a = { b = 2 } }][*].a.b
  t31 = true ? "a" : false ? "b" : "c"
  t32 = false ? "a" : false ? "b" : "c"
  t33 = 10 / 4
  t34 = 7 % 3
  t35 = -3 + 2 * 4
  t36 = !true || 1 < 2 && 2 >= 2
  t37 = "1" == 1
  t38 = null == null
  t39 = slice(["a", "b", "c", "d"], 1, 3)
  t40 = substr("hello", 1, -1)
  t41 = trimprefix("abc", "a")
  t42 = title("hello world")
  t43 = compact(["a", "", null, "b"])
  t44 = one([])
  t45 = range(1, 6, 2)
  t46 = setunion(["a"], ["c", "b"])
  t47 = setsubtract(["a", "b"], ["a"])
  t48 = chunklist(["a", "b", "c"], 2)
  t49 = formatlist("%s!", ["a", "b"])
  t50 = index(["a", "b"], "b")
  t51 = base64encode("hi")
  t52 = md5("hi")
  t53 = "${var.l[0]}-${var.m["a"]}"
  t54 = tostring(1.5)
  t55 = tonumber("3")
  t56 = alltrue([true, false])
  t57 = can(var.m.q)
  t58 = transpose({ a = ["1", "2"], b = ["2"] })
  t59 = reverse(["a", "b"])
  t60 = sort(["b", "a"])
  t61 = sum([1, 2.5])
  t62 = max(1, 5, 3)
  t63 = floor(2.7)
  t64 = startswith("abc", "ab")
  t65 = strcontains("abc", "b")
  t66 = trim("--a-", "-")
  t67 = "${1}"
  t68 = "a${~ " b " ~}c"
  t69 = [for s in setproduct(["a"], ["b", "c"]) : "${s[0]}-${s[1]}"]
  t70 = { for k in ["b", "a"] : k => { n = k } }
  t71 = lower("ABC")
  t72 = trimspace("  a ")
  t73 = { "a b" = 1, (var.l[0]) = 2, c : 3 }
  t74 = basename("/a/b.txt")
  t75 = dirname("/a/b.txt")
  t76 = coalescelist([], ["a"])
  t77 = merge([{ a = 1 }, { b = 2 }]...)
  t78 = var.l == ["x", "y", "x"]
  t79 = 1.0
  t80 = 100000000
  t81 = format("%.2f", 3.14159)
  t82 = format("%5s|%-5s|", "a", "b")
  t83 = element(concat(["a"], ["b"]), 1)
  t84 = tolist(toset(["b", "a"]))[0]
  t85 = "%{ if false }x%{ else }y%{ endif }"
  t86 = fileset(path.module, "*.tf")
  t87 = file("${path.module}/t.txt")
  t88 = templatefile("${path.module}/t.tpl", { name = "n", xs = ["a", "b"] })
  t89 = path.module
  t90 = fileset("${path.module}/sub", "**/*.{yaml,yml}")
  t91 = replace(lower("My Name_1!"), "/[^a-z0-9-]/", "-")
  t92 = replace("aab--c", "/a+/", "x")
  t93 = replace("a.b.c", "/\\./", "")
}
