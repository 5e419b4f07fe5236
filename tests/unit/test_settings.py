"""Settings: half a part stops the start, in one line, and no secret is ever repeated."""

import os
from pathlib import Path

import pytest

from api.parts import described
from api.settings import Settings, SettingsRefused, read_settings

SECRET = "hunter2"
SID = "AC" + "5" * 32
TWILIO = {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": SECRET, "PUBLIC_URL": "https://a.example"}
EVERYTHING = {
    **TWILIO,
    "API_TOKEN": f"{SECRET}-api",
    "DATABASE_URL": f"postgresql://bart:{SECRET}@db.example:5432/sophie",
    "OPENAI_API_KEY": f"sk-{SECRET}",
    "OPENAI_BASE_URL": "http://127.0.0.1:8899/v1/",
    "DEEPGRAM_API_KEY": f"dg-{SECRET}",
    "DEEPGRAM_BASE_URL": "http://127.0.0.1:8082",
    "TWILIO_BASE_URL": "http://127.0.0.1:8200",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of ours, and no `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def _set(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_with_nothing_set_every_part_is_its_own_stand_by() -> None:
    settings = read_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    using = {part.name: part.using for part in described(settings)}
    assert set(using) == {"database", "model", "recogniser", "voice", "phone", "calendar"}
    assert "embedded" in using["database"]
    assert "rulebook" in using["model"]
    assert using["phone"] == "this machine only"


def test_with_everything_set_every_part_is_the_real_one(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, EVERYTHING)
    settings = read_settings()
    assert settings.openai_base_url == "http://127.0.0.1:8899/v1"
    assert (settings.openai_model, settings.openai_temperature) == ("gpt-4o", 0.8)
    assert settings.openai_max_tokens == 1000
    using = {part.name: part.using for part in described(settings)}
    assert using["model"] == "gpt-4o"
    assert "Deepgram" in using["recogniser"]
    assert "Deepgram" in using["voice"]
    assert using["phone"] == "Twilio at https://a.example"
    assert SECRET not in repr(settings) + str(settings) + repr(described(settings))


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"OPENAI_BASE_URL": "http://a.example"}, "OPENAI_BASE_URL is set but OPENAI_API_KEY is"),
        ({"DEEPGRAM_BASE_URL": "http://a.example"}, "DEEPGRAM_BASE_URL is set but DEEPGRAM_API"),
        ({"OTEL_EXPORTER_OTLP_HEADERS": "a=b"}, "OTEL_EXPORTER_OTLP_HEADERS is set but OTEL_"),
        ({"TWILIO_ACCOUNT_SID": SID}, "TWILIO_ACCOUNT_SID is set but TWILIO_AUTH_TOKEN is not"),
        ({"TWILIO_AUTH_TOKEN": SECRET}, "TWILIO_AUTH_TOKEN is set but TWILIO_ACCOUNT_SID is not"),
        ({**TWILIO, "PUBLIC_URL": ""}, "TWILIO_AUTH_TOKEN is set but PUBLIC_URL is not"),
        ({"PUBLIC_URL": "https://a.example"}, "PUBLIC_URL is set but TWILIO_AUTH_TOKEN is not"),
        ({"TWILIO_BASE_URL": "http://a.example"}, "TWILIO_BASE_URL is set but TWILIO_AUTH_TOKEN"),
    ],
    ids=[
        "a model's address without its key", "a recogniser's address without its key",
        "a collector's key without its address",
        "an account without its token", "a token without its account",
        "an account without our address", "our address without an account",
        "a carrier's address without an account",
    ],
)  # fmt: skip
def test_half_a_part_is_refused_by_both_names(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    _set(monkeypatch, variables)
    with pytest.raises(SettingsRefused, match=said) as refused:
        read_settings()
    first = said.split(" ", 1)[0]
    assert f"unset {first}" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"), ("PORT", "-1"), ("PORT", "70000"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "the key"), ("MAX_CALLS", "0"), ("MAX_CALLS", "many"),
        ("LOG_LEVEL", "LOUD"),
        ("DATABASE_URL", SECRET),
        ("DATABASE_URL", f"mysql://bart:{SECRET}@db/sophie"),
        ("DATABASE_URL", f"postgresql://bart:{SECRET}@db:54x2/sophie"),
        ("DATABASE_URL", f"postgresql://bart:{SECRET}@db"),
        ("OPENAI_API_KEY", f"sk-{SECRET}\nx"), ("OPENAI_API_KEY", f"“{SECRET}”"),
        ("DEEPGRAM_API_KEY", f"{SECRET} {SECRET}"),
        ("API_TOKEN", f"{SECRET}é"),
        ("TWILIO_ACCOUNT_SID", SECRET), ("TWILIO_ACCOUNT_SID", f"AC../{SECRET}"),
        ("OPENAI_BASE_URL", "api.openai.example/v1"), ("OPENAI_BASE_URL", "ftp://a.example"),
        ("OPENAI_BASE_URL", f"https://me:{SECRET}@a.example"),
        ("OPENAI_BASE_URL", f"https://a.example/v1?key={SECRET}"),
        ("OPENAI_BASE_URL", f"http://[{SECRET}"),
        ("OPENAI_BASE_URL", f"http://a.example:{SECRET}"),
        ("OPENAI_BASE_URL", "http://a.example:99999"),
        ("PUBLIC_URL", "https:///sophie"), ("PUBLIC_URL", "https://a example"),
        ("OPENAI_TEMPERATURE", "hot"), ("OPENAI_TEMPERATURE", "3"),
        ("OPENAI_MAX_TOKENS", "0"), ("OPENAI_EFFORT", "heroic"), ("OPENAI_FIRST_TOKEN_S", "0"),
        ("NHTSA_BASE_URL", "vpic"),
        ("DEEPGRAM_LISTEN_MODEL", "whisper-large"), ("DEEPGRAM_SPEAK_MODEL", "nova-3"),
    ],
)  # fmt: skip
def test_a_malformed_setting_is_refused_by_its_name_and_not_quoted(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsRefused) as refused:
        read_settings()
    said = str(refused.value)
    assert said.startswith(f"{name}: ")
    assert len(said) > len(name) + 20, "it says how to mend it"
    assert "\n" not in said
    assert len(value) < 3 or value not in said
    assert SECRET not in said


def test_several_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, {"PORT": "eighty", "LOG_LEVEL": "LOUD"})
    with pytest.raises(SettingsRefused, match=r"PORT: .*; LOG_LEVEL: "):
        read_settings()


@pytest.mark.parametrize("blank", ["", "   "], ids=["empty", "spaces"])
def test_blanks_are_unset(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    default = read_settings()
    _set(monkeypatch, {name.upper(): blank for name in Settings.model_fields})
    assert read_settings() == default


def test_the_file_is_read_and_the_environment_goes_before_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PORT=8100\nMAX_CALLS=7\nSOMETHING_ELSE=1\n", encoding="utf-8")
    monkeypatch.setenv("PORT", "8200")
    settings = read_settings()
    assert (settings.port, settings.max_calls) == (8200, 7)


def test_the_example_file_means_nothing_set(tmp_path: Path) -> None:
    default = read_settings()
    example = Path(__file__).parents[2] / ".env.example"
    (tmp_path / ".env").write_bytes(example.read_bytes())
    assert read_settings() == default
    named = [line.partition("=")[0] for line in example.read_text().splitlines() if "=" in line]
    known = {name.upper() for name in Settings.model_fields}
    assert known == {name for name in named if not name.startswith("#")}


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"OPENAI_API_KEY=\xff\xfe" + os.urandom(1))
    with pytest.raises(SettingsRefused, match=r"\.env cannot be read"):
        read_settings()


def test_settings_are_not_changed_later() -> None:
    settings = read_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]  # that it is refused is the point
