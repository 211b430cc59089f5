"""Which index uv is told: ours, else its own settings', else pip's."""

from pathlib import Path

import pytest

from ops.build import indexes


@pytest.mark.parametrize(
    ("setting", "variable"),
    [
        ("index-url = https://pypi.example.com/simple", "UV_DEFAULT_INDEX"),
        ("extra-index-url =\n  https://a.example.com\n  https://b.example.com", "UV_INDEX"),
        ("find-links = /wheels", "UV_FIND_LINKS"),
    ],
)
def test_pips_own_settings_count_for_uv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, variable: str
) -> None:
    bare(monkeypatch, tmp_path)
    (tmp_path / "pip.conf").write_text(f"[global]\n{setting}\n")
    value = indexes.for_uv(tmp_path)[variable]
    assert value.split() == setting.partition("=")[2].split()


def test_uvs_own_settings_go_before_pips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare(monkeypatch, tmp_path)
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://pip.example.com\n")
    (tmp_path / "uv.toml").write_text('index-url = "https://uv.example.com"\n')
    assert "UV_DEFAULT_INDEX" not in indexes.for_uv(tmp_path)
    (tmp_path / "uv.toml").unlink()
    monkeypatch.setenv("UV_INDEX_URL", "https://uv.example.com")
    assert "UV_DEFAULT_INDEX" not in indexes.for_uv(tmp_path)
    monkeypatch.setenv("UPSHIFT_PACKAGE_INDEX", "https://ours.example.com")
    assert indexes.for_uv(tmp_path)["UV_DEFAULT_INDEX"] == "https://ours.example.com"


def bare(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """No setting of this machine counts; pip reads pip.conf in the folder."""
    for name in (*indexes.OWN, "PIP_INDEX_URL", "UPSHIFT_PACKAGE_INDEX", "UV_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "UV_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(folder / "pip.conf"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setenv("HOME", str(folder))
