"""Gunicorn's settings, from the topology."""

from stacks.files.templates import render
from stacks.topology import Topology


def gunicorn_conf(topology: Topology) -> str:
    """gunicorn.conf.py: threads in a few processes behind a unix socket."""
    application = f"upshift_runtime.wsgi:behind_edge({topology.app.wsgi!r})"
    return render("gunicorn.conf.py.j2", service=topology.service, application=repr(application))
