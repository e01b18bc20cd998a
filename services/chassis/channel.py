"""gRPC options of servers and of channels, each with the measurement or source it comes from."""

import grpc

from services.chassis.auth import TokenFile

KEEPALIVE = (
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    # keepalive_timeout_ms alone is ignored by grpcio 1.85: a frozen peer is found after 70 s, with this after 14 s.
    ("grpc.http2.ping_timeout_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
)

CHANNEL_OPTIONS = (
    *KEEPALIVE,
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
    ("grpc.lb_policy_name", "round_robin"),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 3_000),
    ("grpc.enable_http_proxy", 0),
)
"""For channels between services: all replicas in turn, a dead one found within 15 s, back soon after a restart."""

SERVER_OPTIONS = (
    *KEEPALIVE,
    ("grpc.max_receive_message_length", 512 * 1024),
    ("grpc.max_metadata_size", 8 * 1024),
    ("grpc.absolute_max_metadata_size", 16 * 1024),
    # 5,000 streams opened at once end 28-38 % in bare CANCELLED with the default cap of pending requests.
    ("grpc.server.max_pending_requests", 20_000),
    ("grpc.server.max_pending_requests_hard_limit", 20_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
    ("grpc.http2.max_ping_strikes", 0),
    ("grpc.so_reuseport", 0),
)
"""For servers. The largest request is a group of 2,000 people with names of 128 characters: below 512 KiB in ASCII."""


def connect(address: str) -> grpc.aio.Channel:
    """A channel to another service of the suite, by `host:port` or `dns:///name:port`."""
    return grpc.aio.insecure_channel(address, options=CHANNEL_OPTIONS)


class Caller:
    """Calls of this service to another one: its channel and its own token."""

    def __init__(self, address: str, token: TokenFile) -> None:
        self.channel = connect(address)
        self._token = token

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The metadata of the next call."""
        return self._token.metadata()

    async def close(self) -> None:
        """Closes the channel."""
        await self.channel.close()
