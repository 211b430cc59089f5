from pathlib import Path
from typing import Any

import pytest

from stacks import loading as module
from stacks.errors import TopologyError
from stacks.loading import load_topology, parse_topology, stack_names
from stacks.topology import COMPONENTS, Topology


def parsed(described: Any) -> Topology:
    document = {"config": {"upshift:topology": described}}
    return parse_topology(document, stack="dev", where="Pulumi.dev.yaml")


def complaint(described: Any) -> str:
    with pytest.raises(TopologyError) as caught:
        parsed(described)
    return str(caught.value)


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ({"edge": {"prot": 1}}, "topology.edge.prot: unknown key"),
        ({"service": {"workers": "two"}}, "topology.service.workers: 'two': "),
        ({"service": {"workers": "2"}}, "topology.service.workers: '2': "),
        ({"worker": {"stop_grace": 14}}, "topology.worker.stop_grace: 14: "),
        ({"edge": {"http_port": 70000}}, "topology.edge.http_port: 70000: "),
        ({"edge": {"http_port": 9000, "https_port": 9000}}, "port 9000 is used twice"),
        ({"edge": {"server_names": []}}, "name at least one host"),
        ({"edge": {"server_names": ["*.example.com"]}}, "the first name is used in URLs"),
        (
            {"edge": {"certificate": {"source": "files", "certificate": "a.pem"}}},
            "source 'files' needs both 'certificate' and 'key'",
        ),
        (
            {"edge": {"certificate": {"certificate": "a.pem", "key": "b.pem"}}},
            "belong to source 'files'",
        ),
        ({"stack": "staging"}, "the file of the stack 'dev' names another stack"),
        ({"app": {"live_path": "health"}}, "a path starts with '/'"),
        ({"name": "Not A Name"}, "topology.name: 'Not A Name': "),
        ({"app": {"public_paths": ["/health/live"]}}, "has a path twice, or the live path"),
        ({"edge": {"connections": 65_536}}, "topology.edge.connections: 65536: "),
        ({"app": {"public_paths": ["list"]}}, "a path starts with '/'"),
        ({"postgres": {"database": "all"}}, "postgres.database: 'all': reserved by PostgreSQL"),
        ({"postgres": {"database": "postgres"}}, "postgres.database: 'postgres': "),
        ({"postgres": {"database": "template0"}}, "postgres.database: 'template0': "),
        ({"postgres": {"database": "replication"}}, "postgres.database: 'replication': "),
        ({"postgres": {"user": "postgres"}}, "postgres.user: 'postgres': "),
        ({"postgres": {"user": "replicator"}}, "postgres.user: 'replicator': "),
        ({"postgres": {"user": "pg_shop"}}, "postgres.user: 'pg_shop': reserved by PostgreSQL"),
        ({"postgres": {"database": "Shop"}}, "topology.postgres.database: 'Shop': "),
        (
            {"edge": {"limits": {"memory": 128, "cpus": 0.001}}},
            "topology.edge.limits.cpus: 0.001: ",
        ),
        ({"postgres": {"user": "all"}}, "postgres.user: 'all': "),
    ],
)
def test_a_mistake_is_named_with_its_key_and_its_file(described: Any, said: str) -> None:
    text = complaint(described)
    assert said in text
    assert "Pulumi.dev.yaml" in text


@pytest.mark.parametrize("name", ["app", "my_shop", "my-shop", "shop_1_"])
def test_names_of_databases_as_django_users_know_them(name: str) -> None:
    assert parsed({"postgres": {"database": name, "user": name}}).postgres.database == name


def test_every_mistake_is_told_at_once() -> None:
    text = complaint({"edge": {"prot": 1}, "beat": {"often": 2}})
    assert "topology.edge.prot" in text and "topology.beat.often" in text


def test_pools_that_may_open_more_than_the_database_takes_are_refused() -> None:
    room = {"memory": 2048, "cpus": 1.0}
    service = {"workers": 7, "threads": 4, "limits": room}
    fits = {"service": service, "postgres": {"max_connections": 76, "limits": room}}
    assert parsed(fits).pool == 4
    text = complaint({**fits, "postgres": {"max_connections": 75, "limits": room}})
    assert "max_connections is 75" in text and "may open 66" in text


def test_a_release_needs_the_memory_of_two_services_and_two_workers() -> None:
    described = parsed({})
    once = sum(
        getattr(described, component.replace("-", "_")).limits.memory for component in COMPONENTS
    )
    twice = described.service.limits.memory + described.worker.limits.memory
    assert described.peak_memory == once + twice


@pytest.mark.parametrize("document", [None, [], "text", {}, {"config": []}, {"config": None}])
def test_a_file_that_describes_nothing_is_refused(document: Any) -> None:
    with pytest.raises(TopologyError, match="has no 'upshift:topology'"):
        parse_topology(document, stack="dev", where="Pulumi.dev.yaml")


def test_a_stack_without_a_file_names_those_that_have_one() -> None:
    with pytest.raises(TopologyError, match="there is no stack 'nowhere'") as caught:
        load_topology("nowhere")
    assert "dev" in caught.value.hint


def test_a_file_that_is_no_yaml_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "PROJECT", tmp_path)
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.bad.yaml").write_text("config: [unclosed")
    with pytest.raises(TopologyError, match="the file is not YAML"):
        load_topology("bad")


@pytest.mark.parametrize("stack", stack_names())
def test_every_stack_of_the_project_is_right(stack: str) -> None:
    assert load_topology(stack).prefix.endswith(f"-{stack}")


def test_what_is_known_of_the_bundled_service_holds_for_it_alone() -> None:
    assert parsed({}).app.public_paths and parsed({}).app.smoke.write
    other = parsed({"app": {**YOURS, "smoke": {"pages": ["/"]}}}).app
    assert other.public_paths == () and other.smoke.write is None
    assert other.smoke.pages == ("/",)


def test_the_url_leaves_out_the_port_that_browsers_know() -> None:
    names = {"server_names": ["api.example.com"]}
    assert parsed({"edge": names}).url == "https://api.example.com:8443"
    assert parsed({"edge": {**names, "https_port": 443}}).url == "https://api.example.com"


def test_objects_of_a_test_are_marked() -> None:
    assert "upshift.test" not in parsed({}).labels("edge")
    assert parsed({"test_label": "x"}).labels("edge")["upshift.test"] == "x"


YOURS = {"path": "shop", "wsgi": "shop.wsgi", "settings": "shop.settings", "live_path": "/hello/"}


def test_a_project_of_the_users_inherits_no_command_and_no_path_of_the_bundled_one() -> None:
    bundled, other = parsed({}).app, parsed({"app": YOURS}).app
    assert other.celery is None and other.ready_path == "/hello/"
    assert other.public_paths == () and other.smoke.write is None
    for key in ("celery", "release", "ready_path", "worker_health", "beat_health"):
        assert getattr(other, key) != getattr(bundled, key), key


@pytest.mark.parametrize("key", ["wsgi", "settings", "live_path"])
def test_what_only_the_project_knows_is_asked_for(key: str) -> None:
    text = complaint({"app": {name: value for name, value in YOURS.items() if name != key}})
    assert "topology.app: for a project of your own (shop)" in text and f"{key}: " in text


def test_without_celery_there_is_no_worker_and_no_beat() -> None:
    assert set(parsed({}).components) - set(parsed({"app": YOURS}).components) == {"worker", "beat"}
    assert parsed({"app": {**YOURS, "celery": "shop.jobs:app"}}).components == COMPONENTS
    task = {"path": "/shout/", "body": {"words": "{text}"}, "answer": "/shout/{id}"}
    text = complaint({"app": {**YOURS, "smoke": {"task": task}}})
    assert "smoke.task needs a worker, and without 'celery' there is none" in text


def test_connections_of_a_worker_that_is_not_there_are_not_counted() -> None:
    room = {"memory": 2048, "cpus": 1.0}
    service = {"workers": 7, "threads": 4, "limits": room}
    few = {"service": service, "postgres": {"max_connections": 70, "limits": room}}
    assert parsed({**few, "app": YOURS}).components
    assert "may open 66" in complaint(few)


@pytest.mark.parametrize("version", ["", "1 2", "1\n2", "v=1"])
def test_a_version_is_a_plain_word(version: str) -> None:
    assert "topology.app.version" in complaint({"app": {"version": version}})
