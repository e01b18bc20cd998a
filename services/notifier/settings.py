"""The notifier's settings."""

from pydantic import Field, SecretStr

from services.chassis.settings import ServiceSettings

PUSH_HOSTS = ("fcm.googleapis.com", "*.push.services.mozilla.com", "*.notify.windows.com", "*.push.apple.com")
"""Where the push services of Chrome, Firefox, Edge and Safari are, as their makers document it."""

FCM_URL = "https://fcm.googleapis.com"
"""Where Firebase Cloud Messaging is."""


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
    burst_ms: int = Field(
        default=2_000,
        ge=0,
        le=60_000,
        description="What comes of a conversation within this time after an alert of it waits for its end and becomes "
        "one alert with a count, on a device or in a tab, ms: the lines that somebody types one after the other come "
        "a second or two apart, and a longer wait would be noticed. A mention does not wait. 0 alerts each message.",
    )
    push_ttl_ms: int = Field(
        default=86_400_000, ge=1_000, description="A push that could not be sent by then is given up, ms."
    )
    alerts_keep_days: int = Field(
        default=30, ge=2, description="Decisions and deliveries are kept so long, and can be explained, days."
    )
    patience_ms: int = Field(
        default=40_000,
        ge=0,
        description="How long a push waits for unread or presence, from when one of them fell silent, before it goes "
        "out anyway, ms. "
        "A presence lease, the sixth of one in which the loss is found, and a few looks: after that an emptied "
        "presence store knows everybody again, and nobody who is there is pushed to.",
    )
    fcm_project: str = Field(default="", description="The Firebase project's id; empty switches FCM off.")
    fcm_credentials_file: str = Field(
        default="",
        description="File with the credentials of FCM: a service account, or a workload identity. Empty takes the "
        "application default credentials.",
    )
    fcm_url: str = Field(
        default=FCM_URL,
        pattern=r"^(https://[a-z0-9.-]+|http://127\.0\.0\.1)(:[0-9]+)?$",
        description="Where FCM is; another address only for tests and local runs.",
    )
    fcm_channel: str = Field(
        default="messages", min_length=1, max_length=64, description="The notification channel of the Android app."
    )
    vapid_private_key: SecretStr = Field(
        default=SecretStr(""),
        description="The private key of web push, as `conversations vapid-keys` makes it; empty switches web push off.",
    )
    vapid_private_key_file: str = Field(
        default="", description="File with that key instead, in the same form or as PEM."
    )
    vapid_subject: str = Field(
        default="", description="How push services reach the operator: mailto: or https:. Needed for web push."
    )
    web_push_hosts: tuple[str, ...] = Field(
        default=PUSH_HOSTS,
        description="Hosts to which web push may go (JSON); *.name means every host below name. A browser's push "
        "service that is not among them cannot be registered.",
    )
    web_push_local: tuple[str, ...] = Field(
        default=(),
        description='Push services on this machine, for tests and local runs only (JSON): ["127.0.0.1:8443"].',
    )
    web_push_local_ca_file: str = Field(default="", description="The certificate authority of those, a PEM file.")
