"""Settings that every service has: frozen, typed, from the environment; an unknown variable is refused."""

import os
from typing import Any, Literal, Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as MalformedError

PREFIX = "CONVERSATIONS_"
"""Every variable of every service begins with this."""


class SettingsError(Exception):
    """The environment does not make valid settings; the words say which variable and why."""


class ServiceSettings(BaseSettings):
    """What every service needs to know.

    Each field is read from the variable `CONVERSATIONS_<FIELD>`.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(ge=0, le=65535, description="TCP port for gRPC; 0 takes a free one.")
    metrics_port: int = Field(
        default=0, ge=0, le=65535, description="TCP port for Prometheus metrics; 0 switches them off."
    )
    jwks: str = Field(description="The key set of the token issuer: a file, or an https address.")
    issuer: str = Field(description="The `iss` of accepted tokens.")
    audience: str = Field(default="conversations", description="The `aud` of accepted tokens.")
    log_style: Literal["json", "text"] = Field(default="json", description="How log lines look.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least level.")
    drain_s: float = Field(default=10, ge=0, le=300, description="How long streams may take to move away, s.")
    heartbeat_ms: int = Field(default=15_000, ge=100, description="Interval of heartbeats on streams, ms.")
    retry_window_ms: int = Field(default=5_000, ge=0, description="Window of the clients' reconnect jitter, ms.")
    write_timeout_ms: int = Field(
        default=10_000, ge=100, description="A stream whose one write takes longer is ended, ms."
    )
    streams_per_person: int = Field(default=20, ge=1, description="Open streams of one person on a replica.")
    unlimited_actors: tuple[str, ...] = Field(
        default=(), description="Services for whose delegated tokens the limits of people do not hold (JSON)."
    )

    @classmethod
    def read(cls) -> Self:
        """The settings of this process's environment.

        Raises:
            SettingsError: a variable is missing, malformed or unknown.
        """
        known = {f"{PREFIX}{name}".upper() for name in cls.model_fields}
        unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name.upper() not in known)
        if unknown:
            raise SettingsError(f"unknown settings: {', '.join(unknown)}")
        try:
            return cls(**_nothing())
        except ValidationError as error:
            lines = [
                f"{PREFIX}{'_'.join(str(part) for part in entry['loc']).upper()}: {entry['msg']}"
                for entry in error.errors()
            ]
            raise SettingsError("; ".join(lines)) from None
        except MalformedError as error:
            raise SettingsError(f"a variable is not valid JSON: {error}") from None


def _nothing() -> dict[str, Any]:
    """No explicit values: everything comes from the environment."""
    return {}
