"""Settings of unread."""

from pydantic import Field, SecretStr

from services.chassis.settings import ServiceSettings


class UnreadSettings(ServiceSettings):
    """What unread needs to know beside what every service does."""

    mongodb_uri: SecretStr = Field(description="MongoDB, a replica set; 6.0 or newer.")
    mongodb_database: str = Field(default="unread", min_length=1, description="The database's name.")
    messaging_address: str = Field(description="Where messaging is: host:port, or dns:///name:port.")
    service_token_file: str = Field(description="File with this service's own bearer token; read again as it changes.")
    partitions: int = Field(default=4, ge=1, le=1024, description="Partitions of the work; the same for all replicas.")
    lease_ms: int = Field(default=10_000, ge=100, description="How long a partition's lease lasts, ms.")
    read_wait_ms: int = Field(
        default=2_000,
        ge=0,
        description="How long a read of a message that is not counted yet waits before the log is asked, ms.",
    )
    sweep_ms: int = Field(
        default=5_000, ge=100, description="Interval of comparing what is shown with what is stored, ms."
    )
    audit_per_minute: int = Field(
        default=6,
        ge=0,
        le=6_000,
        description="How many people's badges each replica holds against messaging's log, a minute; 0 turns it off.",
    )
