"""What all that people write in a policy has in common."""

from pydantic import BaseModel, ConfigDict


class Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)
