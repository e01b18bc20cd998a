"""Settings of messaging."""

from pydantic import Field, SecretStr

from services.chassis.settings import ServiceSettings

WRITE_TIMEOUT_S = 10.0
"""How long a write without a deadline of its own may take, s."""


class MessagingSettings(ServiceSettings):
    """What messaging needs to know beside what every service does."""

    mongodb_uri: SecretStr = Field(description="MongoDB, a replica set; 6.0 or newer.")
    mongodb_database: str = Field(default="messaging", min_length=1, description="The database's name.")
    text_limit_bytes: int = Field(default=65_536, ge=1, le=65_536, description="Longest text of a message, bytes.")
    send_burst: int = Field(default=60, ge=1, description="Messages that a person may send at once.")
    send_per_second: float = Field(default=1, gt=0, description="Messages a second, in the long run.")
    edit_within_ms: int = Field(
        default=-1, ge=-1, description="How long authors may edit, ms; 0 never, -1 for ever. Tenants may differ."
    )
    delete_within_ms: int = Field(
        default=-1, ge=-1, description="How long authors may delete, ms; 0 never, -1 for ever. Tenants may differ."
    )
