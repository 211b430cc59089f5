"""What every Django project is told from outside."""

from stacks.environment import service_environment
from stacks.topology import Topology

GRACE = {"stop_grace": 45}


def test_a_wildcard_is_written_as_django_reads_it() -> None:
    names = ("api.example.com", "*.example.com")
    topology = Topology.model_validate({"stack": "dev", "edge": {"server_names": names}})
    given = service_environment(topology)
    assert given["APP_ALLOWED_HOSTS"] == "api.example.com,.example.com"
    assert "https://*.example.com:8443" in given["APP_TRUSTED_ORIGINS"].split(",")


def test_a_worker_is_told_how_long_it_has_to_end() -> None:
    given = service_environment(Topology.model_validate({"stack": "dev", "worker": GRACE}))
    assert given["WORKER_STOP_GRACE"] == "45"


def test_secrets_are_paths_and_the_projects_own_values_win() -> None:
    app = {"environment": {"APP_VERSION": "7"}}
    given = service_environment(Topology.model_validate({"stack": "dev", "app": app}))
    assert given["APP_VERSION"] == "7"
    assert len([name for name in given if name.endswith("_FILE")]) >= 4
    assert not [name for name in given if name.endswith(("_PASSWORD", "SECRET_KEY"))]
