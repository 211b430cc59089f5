"""The Pulumi program: read the environment's topology, and deploy its phase."""

import atexit
import os

import pulumi

from infra import preflight
from infra.docker.images import ensure_images
from infra.phases import phase1
from stacks import inputs, outputs, snapshot, versions

# `ops up` has taken a snapshot of the inputs; for plain `pulumi up` it is taken here.
if inputs.VARIABLE not in os.environ:
    atexit.register(snapshot.forget)
topology = snapshot.take(pulumi.get_stack())
preflight.check(topology)
ensure_images(topology)
environment = phase1.build(topology)

pulumi.export(outputs.URL, environment.url)
pulumi.export(outputs.RELEASE, environment.release)
pulumi.export(outputs.CONTAINERS, environment.containers)
pulumi.export(outputs.CA_CERTIFICATE, environment.ca_certificate)
pulumi.export(outputs.TOOLKIT, versions.TOOLKIT)
