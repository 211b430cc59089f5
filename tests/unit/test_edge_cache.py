"""The edge shares an answer between users only where everything says that it may."""

import re
from typing import Any

import pytest

from stacks.files.nginx import nginx_conf
from tests.unit.test_files import bodies, described, number, setting

PATH = "/api/list/"


def shared(**edge: Any) -> str:
    return nginx_conf(described(app={"public_paths": (PATH,)}, edge=edge))


def location(text: str) -> str:
    """Where a request for PATH is answered."""
    _, found, rest = text.partition(f"location = {PATH} {{")
    assert found and "return 420;" in rest.partition("\n        }\n")[0]
    assert "error_page 420 = @shared;" in text
    return text.partition("location @shared {")[2].partition("\n        }\n")[0]


def test_only_the_named_paths_are_kept() -> None:
    text = shared()
    assert text.count("proxy_cache shared;") == 1
    assert "proxy_cache shared;" in location(text)


def test_who_shows_who_they_are_neither_takes_nor_leaves_an_answer() -> None:
    text = shared()
    assert 'map "$http_authorization$http_cookie" $personal {' in text
    (personal,) = [body for body in bodies(text, kind="map .*personal") if body]
    # Not the value itself: Nginx takes a cookie that is "0" for none.
    assert personal.split() == ['""', '"";', "default", "1;"]
    assert setting(location(text), "proxy_cache_bypass") == "$personal"
    assert setting(location(text), "proxy_no_cache") == "$personal $unshared"


@pytest.mark.parametrize(
    ("said", "public"),
    [
        ("public", True),
        ("max-age=5, public", True),
        ("PUBLIC,max-age=5", True),
        ("max-age=5", False),
        ("", False),
        ("private", False),
        ("not-public", False),
        ("publicity", False),
    ],
)
def test_an_answer_must_say_that_it_is_public(said: str, public: bool) -> None:
    found = re.search(r'"~\*(.+)" "";', shared())
    assert found is not None
    assert bool(re.search(found[1], said, re.IGNORECASE)) is public


def test_a_cookie_or_private_answer_is_left_to_nginx_own_rules() -> None:
    ignored = setting(location(shared()), "proxy_ignore_headers")
    assert not {"Set-Cookie", "Cache-Control", "Vary"} & set(ignored.split())


def test_the_cache_follows_the_topology() -> None:
    text = shared(cache={"seconds": 3, "memory": 32}, limits={"memory": 256, "cpus": 1.0})
    assert number(location(text), "proxy_cache_valid 200") == 3
    assert "max_size=32m" in setting(text, "proxy_cache_path")
    assert "proxy_cache" not in shared(cache={"memory": 0})
