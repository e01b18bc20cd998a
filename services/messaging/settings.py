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
    partitions: int = Field(
        default=4, ge=1, le=1024, description="Partitions of keeping lists and search; the same for all replicas."
    )
    lease_ms: int = Field(default=10_000, ge=100, description="How long a partition's lease lasts, ms.")
    unread_address: str = Field(
        default="",
        description="Where unread is: host:port, or dns:///name:port; lists by what is unread need it, nothing else.",
    )
    service_token_file: str = Field(
        default="",
        description="File with this service's own bearer token; read again as it changes. Needed with unread_address.",
    )
