"""Settings: the names that others rely on, their defaults, and what is refused."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from cds_service.cli import main
from cds_service.settings import Settings, SettingsError, is_loopback, load_settings, refuse_unsafe
from cds_service.settings_list import describe

NAMES = {
    "AUTH", "TRUSTED_ISSUERS", "PUBLIC_URL", "FHIR_SERVERS", "CORS_ORIGINS", "DATABASE_URL", "JURISDICTION", "POLICY",
    "CAR_T_ACCESS", "HIDDEN_REGIMENS", "MARKED_REGIMENS", "LIFTED_PROGRAMMES",
    "MAX_BODY_MB", "TIME_BUDGET_S", "RATE_LIMIT", "STRICT", "ALLOW_REQUEST_OPTIONS", "SANDBOX", "DEMO",
    "TOPIC_CODES", "SECRET_KEY", "SMART_CLIENT_ID", "SMART_FRAME_ANCESTORS", "RETENTION_DAYS", "LOG_LEVEL",
}  # fmt: skip


def test_every_name_is_there() -> None:
    assert {name.upper() for name in Settings.model_fields} == NAMES


def test_the_defaults_are_those_that_were_promised() -> None:
    settings = Settings()
    assert settings.auth == "off"
    assert settings.fhir_servers == ()
    assert settings.cors_origins == ("https://sandbox.cds-hooks.org",)
    assert (settings.jurisdiction, settings.policy, settings.car_t_access) == ("US", "current", "unknown")
    assert (settings.max_body_mb, settings.time_budget_s, settings.rate_limit) == (32, 4, "")
    assert (settings.strict, settings.allow_request_options, settings.sandbox) == (False, True, False)
    assert (settings.topic_codes, settings.retention_days, settings.log_level) == ("hyphen", 365, "info")


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYELOMA_CDS_FHIR_SERVERS", "https://a.example.org/fhir/, http://127.0.0.1:9/r4")
    monkeypatch.setenv("MYELOMA_CDS_CORS_ORIGINS", "")
    settings = load_settings()
    assert settings.fhir_servers == ("https://a.example.org/fhir", "http://127.0.0.1:9/r4")
    assert settings.cors_origins == ()


def test_an_empty_variable_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JURISDICTION", "PUBLIC_URL", "MAX_BODY_MB", "DEMO"):
        monkeypatch.setenv(f"MYELOMA_CDS_{name}", "")
    settings = load_settings()
    assert (settings.jurisdiction, settings.public_url, settings.max_body_mb, settings.demo) == ("US", None, 32, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JURISDICTION", "UK"), ("CORS_ORIGINS", "*"), ("CORS_ORIGINS", "https://a.example.org/path"), ("MAX_BODY_MB", "0"),
        ("FHIR_SERVERS", "ftp://a.example.org"), ("FHIR_SERVERS", "https://user@a.example.org"), ("AUTH", "maybe"),
        ("TIME_BUDGET_S", "soon"), ("LOG_LEVEL", "loud"), ("TOPIC_CODES", "x"), ("POLICY", "newest"),
        ("RATE_LIMIT", "many"), ("RATE_LIMIT", "0/minute"), ("PUBLIC_URL", "cds.example.org"), ("RETENTION_DAYS", "0"),
        ("DATABASE_URL", "store.sqlite"), ("DATABASE_URL", "mysql://user:pw@db/x"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"MYELOMA_CDS_{name}", value)
    with pytest.raises(SettingsError, match=f"MYELOMA_CDS_{name}"):
        load_settings()
    result = CliRunner().invoke(main, ["serve", "--port", "0"])
    assert result.exit_code == 2
    assert f"MYELOMA_CDS_{name}" in result.stderr
    assert "pw@" not in result.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)
    refuse_unsafe(Settings(), host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.example.org", ""])  # noqa: S104
def test_auth_off_is_refused_elsewhere(host: str) -> None:
    with pytest.raises(SettingsError, match="AUTH=off"):
        refuse_unsafe(Settings(), host)
    result = CliRunner().invoke(main, ["serve", "--host", host, "--port", "0"])
    assert result.exit_code == 2
    assert "AUTH=off" in result.stderr


def test_auth_required_needs_somebody_to_trust(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYELOMA_CDS_AUTH", "required")
    result = CliRunner().invoke(main, ["serve", "--port", "0"])
    assert result.exit_code == 2
    assert "MYELOMA_CDS_TRUSTED_ISSUERS" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    refuse_unsafe(Settings(auth="required", sandbox=True), "10.0.0.1")
    refuse_unsafe(Settings(auth="required", trusted_issuers='[{"iss": "a", "jku": "https://a.example.org/k"}]'), "::")


@pytest.mark.parametrize(
    "value",
    [
        "nonsense", "{}", "[{}]", '["a"]', '[{"iss": "a"}]', '[{"iss": "a", "jku": "http://a.example.org/keys"}]',
        '[{"iss": "a", "jku": "https://u@a.example.org/k"}]', '[{"iss": "", "jku": "https://a.example.org/k"}]',
        '[{"iss": "a", "jku": "https://a.example.org/k", "jwks_file": "x"}]', '[{"iss": "a", "jwks_file": "no-such-file"}]',
        '[{"iss": "a", "jku": "https://a.example.org/k", "algorithms": ["HS256"]}]',
        '[{"iss": "a", "jku": "https://a.example.org/k", "algorithms": ["none"]}]',
        '[{"iss": "a", "jku": "https://a.example.org/k", "audience": "typing error"}]',
    ],
)  # fmt: skip
def test_wrong_issuers_are_refused_in_one_line(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("MYELOMA_CDS_TRUSTED_ISSUERS", value)
    with pytest.raises(SettingsError, match="MYELOMA_CDS_TRUSTED_ISSUERS") as caught:
        load_settings()
    assert len(str(caught.value).splitlines()) == 1


def test_config_lists_everything_and_hides_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYELOMA_CDS_SECRET_KEY", "tell-nobody-1")
    monkeypatch.setenv("MYELOMA_CDS_DATABASE_URL", "postgresql://user:tell-nobody-2@db/store")
    monkeypatch.setenv("MYELOMA_CDS_TYPO", "x")
    result = CliRunner().invoke(main, ["config"])
    assert result.exit_code == 0
    for name in NAMES:
        assert f"MYELOMA_CDS_{name}=" in result.stdout
    assert result.stdout.count("    type: ") == len(Settings.model_fields)
    assert "tell-nobody" not in result.output
    assert "MYELOMA_CDS_TYPO" in result.stderr


def test_every_setting_says_what_it_takes_and_means() -> None:
    for _, _, _, _, meaning in describe(Settings()):
        assert len(meaning) > 20
        assert meaning.endswith(".")
    kinds = {name.removeprefix("MYELOMA_CDS_"): kind for name, kind, _, _, _ in describe(Settings())}
    assert kinds["JURISDICTION"] == "US, EU, both"
    assert kinds["FHIR_SERVERS"] == "comma-separated base URLs"
    assert (kinds["STRICT"], kinds["DEMO"]) == ("true, false", "true, false")
    assert (kinds["RETENTION_DAYS"], kinds["TIME_BUDGET_S"]) == ("whole number", "number")
