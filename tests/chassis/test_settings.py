import pytest
from pydantic import Field, ValidationError

from services.chassis.settings import ServiceSettings, SettingsError

REQUIRED = {
    "CONVERSATIONS_PORT": "7100",
    "CONVERSATIONS_JWKS": "/etc/keys/jwks.json",
    "CONVERSATIONS_ISSUER": "https://issuer.example",
}


class Settings(ServiceSettings):
    """The settings of a service that needs one thing more."""

    store_uri: str = Field(description="Where the store is.")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**REQUIRED, "CONVERSATIONS_STORE_URI": "store://here"}.items():
        monkeypatch.setenv(name, value)


def test_settings_come_from_the_environment_typed() -> None:
    settings = Settings.read()
    assert (settings.port, settings.issuer, settings.store_uri) == (7100, "https://issuer.example", "store://here")
    assert settings.drain_s == 10


def test_a_list_is_written_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVERSATIONS_UNLIMITED_ACTORS", '["replay"]')
    assert Settings.read().unlimited_actors == ("replay",)


@pytest.mark.parametrize("value", ["replay", "[", "{}", ""])
def test_a_list_that_is_no_json_list_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CONVERSATIONS_UNLIMITED_ACTORS", value)
    with pytest.raises(SettingsError, match=r"(?i)unlimited_actors"):
        Settings.read()


def test_an_unknown_variable_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVERSATIONS_POTR", "7100")
    with pytest.raises(SettingsError, match="unknown settings: CONVERSATIONS_POTR"):
        Settings.read()


def test_variables_of_others_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVERSATION", "x")
    monkeypatch.setenv("PORT", "1")
    assert Settings.read().port == 7100


@pytest.mark.parametrize("name", [*REQUIRED, "CONVERSATIONS_STORE_URI"])
def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(SettingsError, match=f"{name}: Field required"):
        Settings.read()


def test_everything_that_is_wrong_is_named_at_once_without_the_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVERSATIONS_PORT", "secret")
    monkeypatch.setenv("CONVERSATIONS_DRAIN_S", "-1")
    monkeypatch.delenv("CONVERSATIONS_ISSUER")
    with pytest.raises(SettingsError) as caught:
        Settings.read()
    words = str(caught.value)
    assert all(name in words for name in ("CONVERSATIONS_PORT", "CONVERSATIONS_DRAIN_S", "CONVERSATIONS_ISSUER"))
    assert "secret" not in words


def test_settings_do_not_change_while_the_service_runs() -> None:
    with pytest.raises(ValidationError):
        setattr(Settings.read(), "port", 1)  # noqa: B010 - mypy would refuse the plain way


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in Settings.model_fields.values())
