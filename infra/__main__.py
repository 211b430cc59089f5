"""What `pulumi up` runs: read the environment's description and make its phase."""

import pulumi

from infra import phase1
from infra.images import ensure_images
from stacks import outputs, versions
from stacks.loading import load_topology

topology = load_topology(pulumi.get_stack())
ensure_images(topology)
made = phase1.build(topology)

pulumi.export(outputs.URL, made.url)
pulumi.export(outputs.RELEASE, made.release)
pulumi.export(outputs.CONTAINERS, made.containers)
pulumi.export(outputs.CA_CERTIFICATE, made.ca_certificate)
pulumi.export(outputs.TOOLKIT, versions.TOOLKIT)
