"""What `pulumi up` runs: read the environment's description and make its phase."""

import atexit
import os

import pulumi

from infra import preflight
from infra.docker.images import ensure_images
from infra.phases import phase1
from stacks import inputs, outputs, snapshot, versions

# As `ops up` fixed it; plain `pulumi up` fixes it here, once.
if inputs.VARIABLE not in os.environ:
    atexit.register(snapshot.forget)
topology = snapshot.take(pulumi.get_stack())
preflight.check(topology)
ensure_images(topology)
made = phase1.build(topology)

pulumi.export(outputs.URL, made.url)
pulumi.export(outputs.RELEASE, made.release)
pulumi.export(outputs.CONTAINERS, made.containers)
pulumi.export(outputs.CA_CERTIFICATE, made.ca_certificate)
pulumi.export(outputs.TOOLKIT, versions.TOOLKIT)
