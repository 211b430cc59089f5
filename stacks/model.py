"""What every part of a topology is made of: the frozen model and the kinds of its values."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}[a-z0-9]$")]
# A database or a role of PostgreSQL: 63 bytes at most, and `_` as Django's users know it.
DatabaseName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,61}[a-z0-9_]$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Mebibytes = Annotated[int, Field(ge=16, le=4_194_304)]
Seconds = Annotated[int, Field(ge=1, le=3600)]
# Docker refuses less than a hundredth of a CPU.
Cpus = Annotated[float, Field(ge=0.01, le=256)]


class Model(BaseModel):
    """Frozen, and a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
