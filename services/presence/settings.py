"""Settings of the presence service."""

from pydantic import Field, SecretStr

from services.chassis.settings import ServiceSettings


class PresenceSettings(ServiceSettings):
    """What the presence service needs to know."""

    valkey_url: SecretStr = Field(
        description="Address of Valkey or Redis (redis://, rediss:// or unix://); without eviction of keys."
    )
    lease_ms: int = Field(
        default=30_000, ge=600, description="How long a client counts as here after its lease was renewed, ms."
    )
    grace_ms: int = Field(
        default=5_000, ge=0, description="How long a client counts as here after its stream ended, ms."
    )
    clients_per_person: int = Field(default=20, ge=1, description="Live clients of one person.")
    trust_new_store: bool = Field(
        default=False,
        description="A store that is empty when this replica starts was never used, so nobody can be missing from it:"
        " presence is known at once instead of after one lease. Only where store and service always start together.",
    )
