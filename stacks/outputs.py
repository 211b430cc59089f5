"""The names of what a stack exports; `ops` and the smoke checks read them."""

URL = "url"
RELEASE = "release"
CONTAINERS = "containers"
CA_CERTIFICATE = "ca_certificate"
TOOLKIT = "toolkit"
