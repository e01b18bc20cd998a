"""Settings of the presence service."""

from pydantic import Field, SecretStr

from services.chassis.settings import ServiceSettings


class PresenceSettings(ServiceSettings):
    """What the presence service needs to know."""

    valkey_url: SecretStr = Field(
        description="Address of Valkey or Redis (redis://, rediss:// or unix://); without eviction of keys."
    )
    valkey_cluster: bool = Field(
        default=False,
        description="The address is of a node of a Valkey or Redis cluster, of which the others are found.",
    )
    lease_ms: int = Field(
        default=30_000, ge=600, description="How long a client counts as here after its lease was renewed, ms."
    )
    grace_ms: int = Field(
        default=5_000, ge=0, description="How long a client counts as here after its stream ended, ms."
    )
    clients_per_person: int = Field(default=20, ge=1, description="Live clients of one person.")
    idle_ms: int = Field(
        default=180_000,
        ge=100,
        description="A tab without input for longer is not in use, ms; the same as in the notifier.",
    )
    messaging_address: str = Field(
        default="",
        description="Where messaging is: host:port, or dns:///name:port; empty switches typing off.",
    )
    service_token_file: str = Field(
        default="",
        description="File with this service's own bearer token, for messaging; read again as it changes.",
    )
    trust_new_store: bool = Field(
        default=False,
        description="A store that is empty when this replica starts was never used, so nobody can be missing from it:"
        " presence is known at once instead of after one lease. Only where store and service always start together.",
    )
