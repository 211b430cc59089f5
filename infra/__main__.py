"""What `pulumi up` runs: read the environment's description and make its phase."""

import atexit
import os

import pulumi

from infra import before, phase1
from infra.images import ensure_images
from stacks import inputs, outputs, snapshot, versions

# As `ops up` fixed it; plain `pulumi up` fixes it here, once.
if inputs.VARIABLE not in os.environ:
    atexit.register(snapshot.forget)
topology = snapshot.take(pulumi.get_stack())
before.check(topology)
ensure_images(topology)
made = phase1.build(topology)

pulumi.export(outputs.URL, made.url)
pulumi.export(outputs.RELEASE, made.release)
pulumi.export(outputs.CONTAINERS, made.containers)
pulumi.export(outputs.CA_CERTIFICATE, made.ca_certificate)
pulumi.export(outputs.TOOLKIT, versions.TOOLKIT)
