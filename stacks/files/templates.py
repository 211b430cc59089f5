"""Templates beside their functions; a name that is not given is an error."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

# Configuration files are no HTML: what they may hold is checked where the topology is read.
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render(name: str, **values: object) -> str:
    """The text of the template `name` with `values` put in."""
    return _TEMPLATES.get_template(name).render(**values)
