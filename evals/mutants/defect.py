"""What is broken on purpose, and who must notice."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("defects.toml")


class DefectsRefused(ValueError):
    """The list of defects does not fit the sources any more, or is not well-formed."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One change of one source file for the worse.

    Attributes:
        name: What is broken, in a few words.
        file: The file, from the root of the repository.
        old: The words of the file that are replaced; they must be there once.
        new: What they become.
        why: What a caller or the shop would suffer.
        scenarios: The scenarios of `evals/datasets` that must fail.
        tests: The tests, as pytest names them, that must fail.
        quick: Whether it is tried by every run of the tests.
    """

    name: str
    file: str
    old: str
    new: str
    why: str
    scenarios: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    quick: bool = False

    @property
    def seen_by(self) -> tuple[str, ...]:
        """Everything that must fail."""
        return (*self.scenarios, *self.tests)

    def plant(self, root: Path) -> None:
        """Break the file in a copy of the repository.

        Raises:
            DefectsRefused: The file has changed, so that nothing or too much would be broken.
        """
        path = root / self.file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if (found := text.count(self.old)) != 1:
            raise DefectsRefused(
                f"{self.name}: {self.file} should have {self.old!r} once and has it {found} times;"
                f" mend the defect in {LIST.name}"
            )
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


def load_defects(path: Path = LIST) -> list[Defect]:
    """The list of defects, in its order.

    Raises:
        DefectsRefused: One lacks something, is named twice or changes nothing.
    """
    defects: list[Defect] = []
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["defect"]:
        lists = {key: tuple(entry.get(key, ())) for key in ("scenarios", "tests")}
        try:
            defect = Defect(**{**entry, **lists})
        except TypeError as error:
            raise DefectsRefused(f"{path.name}, {entry.get('name')}: {error}") from None
        if not defect.seen_by or defect.old == defect.new:
            raise DefectsRefused(f"{path.name}, {defect.name}: it needs a change and who sees it")
        if defect.name in {other.name for other in defects}:
            raise DefectsRefused(f"{path.name}: {defect.name} is there twice")
        defects.append(defect)
    return defects
