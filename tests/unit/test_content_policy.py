"""The smoke check's own reading of a page and its policy."""

import pytest

from tests.host.content_policy import blocked, wanted_by

ADDRESS = "https://shop.example.com:8443/front/"
PAGE = """
<!doctype html><title>shop</title>
<link rel="stylesheet" href="/static/a.css"><link rel=icon href=/icon.svg>
<link rel="stylesheet" href="https://fonts.example.com/f.css">
<style>h1 { color: red }</style>
<script src="b.js"></script><script nonce="abc">let a = 1</script>
<script type="application/json">{}</script>
<p style="color: blue">text</p>
<form method="post"><input name="a"></form>
<form action="https://pay.example.com/now"></form>
"""


def found(policy: str) -> set[str]:
    """What is blocked, without the reason."""
    page = wanted_by(PAGE, address=ADDRESS)
    return {each.split(" (by ")[0] for each in blocked(page, policies=[policy] if policy else [])}


EVERYTHING = {
    "style-src: https://shop.example.com:8443/static/a.css",
    "style-src: https://fonts.example.com/f.css",
    "style-src: inline: h1 { color: red }",
    "style-src: inline: color: blue",
    "script-src: https://shop.example.com:8443/front/b.js",
    "script-src: inline: let a = 1",
}
FORMS = {
    "form-action: https://shop.example.com:8443/front/",
    "form-action: https://pay.example.com/now",
}


@pytest.mark.parametrize(
    ("policy", "left_out"),
    [
        ("", set()),
        ("default-src 'none'; form-action 'none'", EVERYTHING | FORMS),
        ("default-src 'none'", EVERYTHING),
        ("default-src *; style-src * 'unsafe-inline'; script-src * 'unsafe-inline'", set()),
        (
            "default-src 'self'; form-action 'self' https://pay.example.com",
            EVERYTHING - {one for one in EVERYTHING if "8443" in one},
        ),
        (
            "style-src 'self' 'unsafe-inline' https://*.example.com; script-src 'nonce-abc' 'self'",
            set(),
        ),
        (
            "style-src https: 'sha256-nothing' 'unsafe-inline'",
            {one for one in EVERYTHING if "style-src: inline" in one},
        ),
        ("script-src http://shop.example.com:8443", {one for one in EVERYTHING if "script" in one}),
    ],
)
def test_what_a_policy_blocks(policy: str, left_out: set[str]) -> None:
    assert found(policy) == left_out


def test_each_policy_must_allow_it() -> None:
    page = wanted_by(PAGE, address=ADDRESS)
    assert blocked(page, policies=["style-src *", "form-action 'none'"])


def test_the_pages_own_files_are_named() -> None:
    own = [wanted.address for wanted in wanted_by(PAGE, address=ADDRESS).own()]
    assert own == [f"{ADDRESS.removesuffix('front/')}static/a.css", f"{ADDRESS}b.js"]
