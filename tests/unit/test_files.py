import ast
import re
from typing import Any

import pytest
from upshift_runtime.gunicorn_hooks import pre_fork

from stacks.files.gunicorn import gunicorn_conf
from stacks.files.nginx import nginx_conf, security_headers_conf
from stacks.files.postgres import pg_hba_conf, postgresql_conf, shared_memory
from stacks.files.redis import redis_conf
from stacks.files.templates import render
from stacks.instances import LIVE_SOCKET
from stacks.topology import Topology


def described(**parts: Any) -> Topology:
    return Topology.model_validate({"stack": "dev", **parts})


def bodies(text: str, *, kind: str) -> list[str]:
    """What stands between the braces of each block of a kind."""
    found = []
    for start in re.finditer(rf"^ *{kind}\b[^\n]*{{$", text, re.MULTILINE):
        indent = len(start[0]) - len(start[0].lstrip())
        end = re.compile(rf"^ {{{indent}}}}}$", re.MULTILINE).search(text, start.end())
        assert end is not None
        found.append(text[start.end() : end.start()])
    return found


def setting(text: str, name: str) -> str:
    found = re.search(rf"^\s*{name}(?: =)? (.+?);?$", text, re.MULTILINE)
    assert found is not None, name
    return found[1]


def number(text: str, name: str) -> int:
    return int(re.sub(r"\D", "", setting(text, name)))


def test_every_location_sends_the_security_headers() -> None:
    locations = bodies(nginx_conf(described()), kind="location")
    assert len(locations) > 8
    for body in locations:
        assert "include /run/upshift/security-headers.conf;" in body


@pytest.mark.parametrize("name", ["Strict-Transport-Security", "X-Frame-Options"])
def test_security_headers_are_on_errors_too(name: str) -> None:
    text = security_headers_conf(described())
    lines = [line for line in text.splitlines() if line.startswith("add_header")]
    assert any(name in line for line in lines)
    assert all(line.endswith(" always;") for line in lines)


def test_each_process_has_connections_of_its_own() -> None:
    # Once, on the first of the servers that share the port: Nginx refuses it on a second.
    assert nginx_conf(described()).count("8443 ssl default_server reuseport;") == 1
    assert nginx_conf(described()).count("reuseport;") == 1


def test_only_modern_tls() -> None:
    assert setting(nginx_conf(described()), "ssl_protocols") == "TLSv1.2 TLSv1.3"
    ciphers = setting(nginx_conf(described()), "ssl_ciphers").split(":")
    assert all(name.startswith("ECDHE-") for name in ciphers)


def test_the_upstream_is_the_socket_and_connections_are_kept() -> None:
    text = nginx_conf(described())
    (upstream,) = bodies(text, kind="upstream")
    socket = setting(upstream, "server").split()[0]
    assert socket == f"unix:{LIVE_SOCKET}"
    # The service's command names its own socket, to which that link points.
    assert "bind =" not in gunicorn_conf(described())
    assert number(upstream, "keepalive") > 0
    assert 'proxy_set_header Connection "";' in text


def test_a_request_with_an_effect_is_never_sent_twice() -> None:
    passing = [x for x in bodies(nginx_conf(described()), kind="location") if "proxy_pass" in x]
    assert passing
    for body in passing:
        # No `non_idempotent`, and no answer of the service, nor its silence, is a reason.
        assert setting(body, "proxy_next_upstream") == "error"
        assert number(body, "proxy_next_upstream_timeout") <= 2


def test_a_line_of_the_access_log_is_written_whole() -> None:
    # Of two processes that write to one pipe, none is torn up to PIPE_BUF: 4096 bytes.
    assert "buffer=4k" in setting(nginx_conf(described()), "access_log")


def test_gunicorn_keeps_connections_longer_than_the_edge() -> None:
    (upstream,) = bodies(nginx_conf(described()), kind="upstream")
    kept = max(number(upstream, "keepalive_timeout"), number(upstream, "keepalive_time"))
    assert number(gunicorn_conf(described()), "keepalive") > kept


def test_a_name_that_is_not_ours_gets_no_answer() -> None:
    strangers = [x for x in bodies(nginx_conf(described()), kind="server") if "default_server" in x]
    assert len(strangers) == 1
    assert re.findall(r"listen (\d+)[^;]* default_server", strangers[0]) == ["8080", "8443"]
    (everywhere,) = [x for x in bodies(strangers[0], kind="location") if "internal" not in x]
    assert "return 444;" in everywhere


def test_addresses_in_headers_are_believed_only_from_trusted_proxies() -> None:
    assert "real_ip_header" not in nginx_conf(described())
    text = nginx_conf(described(edge={"trusted_proxies": ("10.0.0.0/8",)}))
    assert "set_real_ip_from 10.0.0.0/8;" in text and "real_ip_recursive on;" in text


def test_the_redirect_goes_to_the_https_port() -> None:
    assert "https://$host:8443$request_uri" in nginx_conf(described())
    assert "https://$host$request_uri" in nginx_conf(described(edge={"https_port": 443}))


@pytest.mark.parametrize("memory", [384, 1024, 8192])
def test_postgres_follows_its_memory(memory: int) -> None:
    limits = {"memory": memory, "cpus": 1.0}
    text = postgresql_conf(described(postgres={"limits": limits}))
    assert number(text, "shared_buffers") == memory // 4
    assert number(text, "shared_buffers") < number(text, "effective_cache_size") < memory
    connections = number(text, "max_connections")
    work, autovacuum = number(text, "work_mem"), number(text, "autovacuum_work_mem")
    promised = number(text, "shared_buffers") + number(text, "maintenance_work_mem")
    promised += number(text, "autovacuum_max_workers") * autovacuum + 3 * connections
    assert work >= 1024 and promised * 1024 + work * connections <= memory * 1024


@pytest.mark.parametrize(("memory", "shared"), [(384, 96), (512, 128), (4096, 1024)])
def test_postgres_has_shared_memory_for_parallel_queries(memory: int, shared: int) -> None:
    limits = {"memory": memory, "cpus": 1.0}
    assert shared_memory(described(postgres={"limits": limits})) == shared


def test_postgres_asks_everybody_on_the_network_for_a_password() -> None:
    rules = [line.split() for line in pg_hba_conf(described()).splitlines() if line[0] != "#"]
    over_network = [rule for rule in rules if rule[0] == "host"]
    assert {rule[-1] for rule in over_network} == {"scram-sha-256", "reject"}
    assert over_network[-1][1:] == ["all", "all", "all", "reject"]


def test_a_cache_forgets_and_a_queue_does_not() -> None:
    cache, queue = redis_conf(described(), use="cache"), redis_conf(described(), use="queue")
    assert setting(cache, "maxmemory-policy") == "allkeys-lru"
    assert setting(queue, "maxmemory-policy") == "noeviction"
    assert (setting(cache, "appendonly"), setting(queue, "appendonly")) == ("no", "yes")


def test_redis_leaves_memory_for_the_rewrite() -> None:
    wanted = described(redis_queue={"limits": {"memory": 400, "cpus": 1.0}})
    # A rewrite copies what is written meanwhile, and the allocator takes a quarter more.
    assert number(redis_conf(wanted, use="queue"), "maxmemory") * 2 * 1.25 <= 400
    assert number(redis_conf(wanted, use="cache"), "maxmemory") * 1.25 <= 64


def test_gunicorn_settings_are_python_and_follow_the_topology() -> None:
    limits = {"memory": 1024, "cpus": 1.0}
    text = gunicorn_conf(
        described(
            service={"workers": 3, "threads": 5, "timeout": 7, "limits": limits},
            postgres={"max_connections": 60, "limits": limits},
        )
    )
    values: dict[str, Any] = {}
    exec(compile(text, "gunicorn.conf.py", "exec"), values)
    assert (values["workers"], values["threads"], values["timeout"]) == (3, 5, 7)
    assert values["preload_app"] is True and values["pre_fork"] is pre_fork


def test_gunicorn_loads_the_project_once_or_in_each_worker() -> None:
    assert "preload_app = False" in gunicorn_conf(described(service={"preload": False}))


@pytest.mark.parametrize("wsgi", ["shop.wsgi:application", "shop.wsgi:create('x')", "shop.wsgi"])
def test_gunicorn_loads_any_application_through_what_tells_it_the_clients_address(
    wsgi: str,
) -> None:
    values: dict[str, Any] = {}
    exec(gunicorn_conf(described(app={"wsgi": wsgi})), values)
    module, _, call = values["wsgi_app"].partition(":")
    assert module == "upshift_runtime.wsgi"
    assert ast.literal_eval(call.removeprefix("behind_edge")) == wsgi


def test_a_value_that_is_not_given_is_an_error() -> None:
    with pytest.raises(Exception, match="undefined"):
        render("redis.conf.j2", use="cache")
