"""The committed recordings are whole, hold nothing but answers, and replay to the quota they were made for."""

import base64
import importlib.util
import json
import re
from pathlib import Path

import pytest

from benchmark.generate import METHODS, Sources
from benchmark.generator import EMBEDDED, Client, Generator
from benchmark.network import blocked
from benchmark.recording import Recording, path_of

ROOT = Path(__file__).parents[1]
CASSETTES = sorted((ROOT / "cassettes").glob("*/*/*.jsonl"))
TASKS = sorted(path.stem.removeprefix("test_") for path in (ROOT / "suites").glob("test_*.py"))
SECRETS = re.compile(
    r"sk-[A-Za-z0-9_-]{16,}|Bearer\s+\S{12,}|AKIA[0-9A-Z]{16}|gh[pousr]_\w{30,}|eyJ[\w-]{20,}\.[\w-]{20,}"
)
QUOTA = 100
ENTRY = {"key", "sample", "request", "response"}
RESPONSE = {"text", "finish_reason", "model", "prompt_tokens", "completion_tokens"}


def task(name):
    spec = importlib.util.spec_from_file_location(f"suite_{name}", ROOT / f"suites/test_{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.TASK


def entries(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[:-1]]


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("method", ["zero_shot", "few_shot"])
def test_a_recording_replays_to_its_quota_of_valid_unique_texts_without_a_network(name, method):
    def missing(absent, wanted):
        return AssertionError(f"{absent} of {wanted} answers are missing")

    recording = Recording(path_of(ROOT / "cassettes", EMBEDDED, name, method))
    client = Client(Generator(name=EMBEDDED), recording, connect=lambda: None, missing=missing)
    chosen = task(name)
    with blocked():
        made = METHODS[method](chosen, Sources(client=client, pool=chosen.pool), QUOTA, 0)
    counts = {label: sum(e.label == label for e in made.examples) for label in chosen.labels}
    assert counts == dict.fromkeys(chosen.labels, QUOTA)


def test_there_are_recordings_to_look_at():
    assert len(CASSETTES) >= 2 * len(TASKS)


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_recording_holds_allow_listed_fields_only(path):
    for entry in entries(path):
        assert set(entry) == ENTRY
        assert set(entry["response"]) == RESPONSE
        assert all(re.fullmatch(r"[0-9a-f]{12}", digest) for _, digest in entry["request"]["messages"])


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_recording_holds_no_key_plain_or_encoded(path):
    text = path.read_text(encoding="utf-8")
    runs = re.findall(r"[A-Za-z0-9+/]{40,}", text)
    encoded = [base64.b64decode(run[: len(run) // 4 * 4]) for run in runs]
    assert not SECRETS.search(text)
    assert not [run for run in encoded if SECRETS.search(run.decode("latin-1"))]
