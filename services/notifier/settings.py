"""The notifier's settings."""

from pydantic import Field, SecretStr

from services.chassis.settings import ServiceSettings


class NotifierSettings(ServiceSettings):
    """What the notifier needs to know beyond what every service does."""

    mongodb_uri: SecretStr = Field(description="MongoDB, a replica set; 6.0 or newer.")
    mongodb_database: str = Field(default="notifier", min_length=1, description="The database's name.")
    messaging_address: str = Field(description="Where messaging is: host:port, or dns:///name:port.")
    unread_address: str = Field(description="Where unread is: host:port, or dns:///name:port.")
    presence_address: str = Field(description="Where presence is: host:port, or dns:///name:port.")
    service_token_file: str = Field(description="File with this service's own bearer token; read again as it changes.")
    partitions: int = Field(
        default=4, ge=1, le=1024, description="Shares of the conversations; the same on all replicas."
    )
    lease_ms: int = Field(default=10_000, ge=400, description="How long a replica holds a partition unrenewed, ms.")
    stub_file: str = Field(default="", description="Where the stub sender writes; empty switches it off.")
    escalation_ms: int = Field(
        default=30_000, ge=100, description="After this a message that is still unread is decided on again, ms."
    )
    idle_ms: int = Field(default=180_000, ge=100, description="A tab without input for longer is not in use, ms.")
    push_ttl_ms: int = Field(
        default=86_400_000, ge=1_000, description="A push that could not be sent by then is given up, ms."
    )
    alerts_keep_days: int = Field(
        default=30, ge=2, description="Decisions and deliveries are kept so long, and can be explained, days."
    )
    patience_ms: int = Field(
        default=30_000,
        ge=0,
        description="How long a push waits for unread or presence to answer before it goes out anyway, ms. "
        "One presence lease: after that an emptied presence store knows everybody again.",
    )
