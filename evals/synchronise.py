"""The scenarios as a data set of LangSmith: one example for each, by an id that never changes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from langsmith import Client

from evals.masking import Mask
from evals.scenario import Scenario

Json = dict[str, Any]

_SPACE = UUID("5c0f5c5e-0d5e-4b5e-9a57-ba275a07e7a1")
"""Ids of examples are made from scenarios' ids in this space, so every machine means the same."""

_DATASET = "sophie-scenarios"


@dataclass(frozen=True, slots=True)
class Synchronised:
    """What a synchronisation changed in the data set."""

    dataset: UUID
    added: int
    changed: int
    removed: int

    def __str__(self) -> str:
        return (
            f"data set {_DATASET}: {self.added} added, {self.changed} changed, "
            f"{self.removed} removed"
        )


def synchronise(client: Client, scenarios: Sequence[Scenario], mask: Mask) -> Synchronised:
    """Make the data set hold exactly these scenarios; what is as it should be is left alone.

    Blocks: call it in a thread.
    """
    if client.has_dataset(dataset_name=_DATASET):
        dataset = client.read_dataset(dataset_name=_DATASET).id
    else:
        about = "Calls of evals/datasets, without the people in them"
        dataset = client.create_dataset(_DATASET, description=about).id
    there = {one.id: (one.metadata or {}).get("hash") for one in client.list_examples(dataset)}
    wanted = {example_id(one): _example(one, mask) for one in scenarios}
    added = [id_ for id_ in wanted if id_ not in there]
    changed = [i for i in wanted if i in there and there[i] != wanted[i]["metadata"]["hash"]]
    removed = [id_ for id_ in there if id_ not in wanted]
    if added:
        client.create_examples(
            dataset_id=dataset, examples=[_renamed({"id": i, **wanted[i]}) for i in added]
        )
    if changed:
        client.update_examples(
            dataset_id=dataset, updates=[{"id": id_, **wanted[id_]} for id_ in changed]
        )
    if removed:
        client.delete_examples(removed)
    return Synchronised(dataset, len(added), len(changed), len(removed))


def _renamed(example: Json) -> Json:
    """What the library calls `outputs` everywhere else has another name in what is new."""
    return {("reference_outputs" if k == "outputs" else k): v for k, v in example.items()}


def example_id(scenario: Scenario) -> UUID:
    """The id of a scenario's example, the same on every machine."""
    return uuid5(_SPACE, scenario.id)


def _example(scenario: Scenario, mask: Mask) -> Json:
    written = scenario.model_dump(mode="json", exclude_defaults=True)
    caller = {key: written[key] for key in ("caller", "redials", "during") if key in written}
    known = {"id", "split", "tags", "why", *caller}
    expected = {key: value for key, value in written.items() if key not in known}
    example = {
        "inputs": mask({"scenario": scenario.id, "why": scenario.why, **caller}),
        "outputs": mask(expected),
        "split": scenario.split,
    }
    content = hashlib.sha256(repr(sorted(example.items())).encode()).hexdigest()
    return {**example, "metadata": {"hash": content, "tags": scenario.tags}}
