"""The private parts of libraries that the service depends on: each is listed, and still there."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

APP = Path("/srv/app")
OWN = {path.name for path in APP.iterdir() if path.is_dir()}
# Methods of ours in the place of a private one, or of one that the library does not document as an
# extension point: (class, method, parameters of the library's method).
OVERRIDDEN = {
    ("core.celery.broker.SentinelChannel", "_connparams", "self, asynchronous"),
    ("core.celery.broker.SentinelChannel", "_receive_one", "self, c"),
    ("core.celery.results.SentinelBackend", "_get_pool", "self, params"),
}
# `_FullMemoryMixin` overrides `_queue_bind` of the channels that come after it.
BY_MIXIN = {
    "_queue_bind": "self, exchange, routing_key, pattern, queue",
    "get_table": "self, exchange",
}
# Attributes of other objects that begin with an underscore: (file, attribute).
USED = {
    ("core/api/strict_schema.py", "_map_serializer"),
    ("core/celery/broker.py", "_do_restore_message"),
    ("core/celery/broker.py", "_raw"),
}
DOCUMENTED = {"_meta", "_base_manager", "_default_manager"}  # by Django


def modules():
    for path in sorted(APP.rglob("*.py")):
        place = path.relative_to(APP)
        if "migrations" not in place.parts and place.name != "manage.py":
            yield place, ast.parse(path.read_text())


def test_the_attributes_that_are_used_are_listed():
    found = set()
    for place, tree in modules():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Attribute) or node.attr in DOCUMENTED:
                continue
            is_own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            is_super = isinstance(node.value, ast.Call) and ast.unparse(node.value) == "super()"
            if node.attr[0] == "_" and node.attr[:2] != "__" and not is_own and not is_super:
                found.add((str(place), node.attr))
    assert found == USED


def test_the_methods_that_are_overridden_are_listed_and_take_the_same():
    found = set()
    for place, _ in modules():
        name = ".".join(place.with_suffix("").parts).removesuffix(".__init__")
        module = importlib.import_module(name)
        for kind in vars(module).values():
            if inspect.isclass(kind) and kind.__module__ == name:
                found |= set(overridden(kind))
    assert found == OVERRIDDEN, found ^ OVERRIDDEN


def overridden(kind):
    """The private methods of a class of ours that a library's class has, too."""
    for name, own in vars(kind).items():
        if not name.startswith("_") or name.endswith("_") or not inspect.isfunction(own):
            continue
        for parent in kind.__mro__[1:]:
            if parent.__module__.split(".")[0] not in OWN and name in vars(parent):
                takes = ", ".join(inspect.signature(vars(parent)[name]).parameters)
                yield f"{kind.__module__}.{kind.__name__}", name, takes
                break


@pytest.mark.parametrize("name", BY_MIXIN)
def test_the_channels_have_what_the_mixin_overrides(name):
    from kombu.transport import redis

    for channel in (redis.Channel, redis.SentinelChannel):
        assert ", ".join(inspect.signature(getattr(channel, name)).parameters) == BY_MIXIN[name]


def test_kombu_has_what_the_broker_module_uses():
    from kombu.transport import TRANSPORT_ALIASES, redis

    assert {"redis", "sentinel"} <= TRANSPORT_ALIASES.keys()
    takes = inspect.signature(redis.Channel._do_restore_message).parameters
    assert list(takes) == ["self", "payload", "exchange", "routing_key", "pipe", "leftmost"]
    payload = {"body": "", "properties": {"delivery_tag": "1", "delivery_info": {}}}
    assert redis.Channel.Message(payload)._raw is payload and redis.Channel.QoS is redis.QoS
    assert {"append", "ack", "restore_visible", "restore_by_tag"} <= vars(redis.QoS).keys()


def test_the_redis_clients_of_django_and_celery_are_made_as_before():
    from celery.backends.redis import RedisBackend
    from django.core.cache.backends.redis import RedisCache, RedisCacheClient

    cache = RedisCache("redis://localhost", {})
    assert cache._class is RedisCacheClient and hasattr(cache._cache, "_serializer")
    assert list(inspect.signature(RedisBackend.on_task_call).parameters) == [
        "self",
        "producer",
        "task_id",
    ]


def test_django_has_no_public_way_to_ask_whether_a_lazy_object_was_evaluated():
    """`core.observability.request_log` reads `_wrapped`, and logging alone must make no query."""
    from django.utils.functional import SimpleLazyObject, empty

    lazy = SimpleLazyObject(lambda: 1)
    assert lazy.__dict__["_wrapped"] is empty
    assert lazy == 1 and lazy.__dict__["_wrapped"] == 1
