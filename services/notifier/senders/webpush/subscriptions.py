"""What browsers may register."""

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from services.notifier.records import Device
from services.notifier.senders.webpush.endpoints import EndpointError, Endpoints

POINT_BYTES = 65
"""An uncompressed point of P-256 (RFC 8291, section 2)."""

SECRET_BYTES = 16
"""The authentication secret (RFC 8291, section 2)."""


class BadSubscriptionError(ValueError):
    """A subscription to which nothing can be sent.

    Attributes:
        field: which part of it: endpoint, p256dh or auth.
        why: in words that do not quote it.
    """

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field} {why}")
        self.field = field
        self.why = why


class Subscriptions:
    """Checks subscriptions before they are stored.

    Args:
        endpoints: where pushes may go.
        public_key: with which browsers subscribe, base64url.
    """

    def __init__(self, endpoints: Endpoints, public_key: str) -> None:
        self._endpoints = endpoints
        self.public_key = public_key

    def check(self, device: Device) -> None:
        """Makes sure that a browser can be sent to.

        Raises:
            BadSubscriptionError: it cannot.
        """
        try:
            self._endpoints.parse(device.target)
        except EndpointError as error:
            raise BadSubscriptionError("endpoint", str(error)) from None
        if len(device.p256dh) != POINT_BYTES or device.p256dh[0] != 4:
            raise BadSubscriptionError("p256dh", "is not an uncompressed point of 65 bytes")
        try:
            EllipticCurvePublicKey.from_encoded_point(SECP256R1(), device.p256dh)
        except ValueError:
            raise BadSubscriptionError("p256dh", "is not a point of the curve P-256") from None
        if len(device.auth) != SECRET_BYTES:
            raise BadSubscriptionError("auth", "is not a secret of 16 bytes")
