"""Arms of an experiment: read from files, chosen by the call's id, heard by the model."""

from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from nodes.persona import build_system_prompt
from nodes.variants import CONTROL, FOLDER, PROMPTS, VariantRefused, read_variants

PERSONA = "You are Sophie of {shop_name}, {address}, open {hours}."


def _folder(tmp_path: Path, **files: str) -> Path:
    """The project's own prompts, and an arm called brief."""
    for path in FOLDER.glob("*.md"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    own = tmp_path / "variants" / "brief"
    own.mkdir(parents=True)
    for name, text in files.items():
        (own / name.replace("_", ".", 1)).write_text(
            text, encoding="utf-8", errors="surrogateescape"
        )
    return tmp_path


def _sid(number: int) -> str:
    return f"CA{UUID(int=number * 7919).hex}"


def test_an_arm_has_its_own_words_and_the_others(tmp_path: Path) -> None:
    folder = _folder(tmp_path, variant_toml="temperature = 0.3", booking_md="Be brief.")
    brief = read_variants(folder).named("brief")
    assert brief.prompts["booking"] == "Be brief."
    assert brief.prompts["modify"] == PROMPTS["modify"]
    assert (brief.weight, brief.temperature) == (1.0, 0.3)


def test_an_arms_persona_is_the_system_prompt(tmp_path: Path) -> None:
    folder = _folder(tmp_path, variant_toml="weight = 1", persona_md=PERSONA)
    prompt = build_system_prompt(variant=read_variants(folder).named("brief"))
    assert prompt.startswith("You are Sophie of Bart's Automotive, 123 Main Street")


def test_a_call_keeps_its_arm_and_arms_get_their_share(tmp_path: Path) -> None:
    variants = read_variants(_folder(tmp_path, variant_toml="weight = 3"))
    given = [variants.of(_sid(number)) for number in range(4000)]
    assert given == [variants.of(_sid(number)) for number in range(4000)]
    assert 2880 < Counter(given)["brief"] < 3120


def test_an_arm_without_weight_gets_no_calls_and_an_unknown_one_is_control(tmp_path: Path) -> None:
    variants = read_variants(_folder(tmp_path, variant_toml="weight = 0"))
    assert {variants.of(_sid(number)) for number in range(500)} == {CONTROL}
    assert variants.named("nobody's").name == CONTROL


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "variant.toml is missing"),
        ({"variant_toml": "weight = -1"}, "weight must be a number from 0 on"),
        ({"variant_toml": "weight = true"}, "weight must be a number"),
        ({"variant_toml": "temperature = 3"}, "at most 2"),
        ({"variant_toml": "weight = nan"}, "weight must be a number"),
        ({"variant_toml": "weight = inf"}, "weight must be a number"),
        ({"variant_toml": "weight = 1\n\ntemperature = 2.1"}, "variant.toml, line 3: temperature"),
        ({"variant_toml": "modle = 1"}, "variant.toml, line 1: modle is not known"),
        ({"variant_toml": "weight = 1\n[modle]"}, "variant.toml, line 2: modle is not known"),
        ({"variant_toml": "weight =\n"}, "at line 1"),
        ({"variant_toml": "", "boking_md": "x"}, "boking.md stands in for no prompt"),
        ({"variant_toml": "", "booking_txt": "x"}, "booking.txt stands in for no prompt"),
        ({"variant_toml": "", "booking_md": " \n"}, "booking.md says nothing"),
        ({"variant_toml": "", "booking_md": "\udcff"}, "booking.md cannot be read"),
        ({"variant_toml": "", "persona_md": f"{PERSONA}\n{{shop}}"}, "persona.md, line 2: {shop}"),
        ({"variant_toml": "", "persona_md": f"{PERSONA}\n}}"}, "persona.md, line 2: Single '}'"),
        ({"variant_toml": "", "persona_md": "Hello."}, "persona.md must hold {shop_name}"),
        ({"variant_toml": "", "booking_md": "x" * 7000}, "prompts stay short"),
    ],
)  # fmt: skip
def test_a_bad_file_is_named(tmp_path: Path, files: dict[str, str], said: str) -> None:
    with pytest.raises(VariantRefused) as refused:
        read_variants(_folder(tmp_path, **files))
    assert said in str(refused.value)
    assert "variants" in str(refused.value)


@pytest.mark.parametrize("name", ["Brief", "very brief", "b" * 41, CONTROL])
def test_a_name_nobody_could_ask_for_is_refused(tmp_path: Path, name: str) -> None:
    folder = _folder(tmp_path, variant_toml="weight = 1")
    (folder / "variants" / "brief").rename(folder / "variants" / name)
    with pytest.raises(VariantRefused, match="name"):
        read_variants(folder)


def test_the_projects_own_arms_can_be_used() -> None:
    assert read_variants().named(CONTROL).prompts == PROMPTS
