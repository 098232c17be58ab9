"""A run of a task, with a real generator server on loopback and a mirror on disk."""

import gzip
import json
import re
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from sklearn.metrics import accuracy_score, f1_score

import toys
from benchmark import answers
from benchmark.classifier import RECIPES, recipe, train_and_predict
from benchmark.generate import METHODS
from benchmark.generator import Endpoint, Generator, GeneratorError, Limits, Price
from benchmark.methods import BUILT_IN
from benchmark.places import Places
from benchmark.recording import MissingAnswers, path_of
from benchmark.recording.store import loads
from benchmark.run import Run
from benchmark.training import Predictions, Training, key_of
from benchmark.training.local import Here
from benchmark.training_sets import Settings, private_cassettes
from encoders import KNOWN, tiny_bert
from servers import answer_of, error_of, serving

TASK = toys.places(5)


def line(number, body):
    """A text of the label asked for that no other request gets."""
    text = "sea {} wave" if "the sea" in body["messages"][-1]["content"] else "land {} hill"
    return answer_of(text.format(body["seed"]), tokens=(30, 4))


def mirror(folder):
    (folder / "data" / TASK.name).mkdir(parents=True, exist_ok=True)
    for split, count in (("train", 30), ("test", 12)):
        with gzip.open(folder / "data" / TASK.name / f"{split}.jsonl.gz", "wt", encoding="utf-8") as file:
            for i in range(count):
                label, word = ("sea", "wave") if i % 2 else ("land", "hill")
                word = "wave" if i == 4 else word  # one that misleads
                row = {"id": f"{split}-{i}", "text": f"a {split} {word} {i}", "label": label}
                file.write(json.dumps(row) + "\n")
    return str(folder / "data")


def quiet(stage, done, total):
    """No bar."""


@pytest.fixture
def run_of(tmp_path):
    """Makes runs with other settings, limits, or a server; ends their connections."""
    endpoints = []

    def make(url=None, *, task=TASK, price=None, concurrency=64, progress=quiet, methods=BUILT_IN, **changed):
        generator = Generator(name="m", base_url=url or "http://127.0.0.1:9/v1")
        endpoint = Endpoint(generator, Limits(concurrency=concurrency), price, connect=lambda: generator.base_url)
        endpoints.append(endpoint)
        return Run(
            task,
            Settings(**{"data": mirror(tmp_path), "per_label": 5, **changed}),
            endpoint,
            Training(Here(progress), Predictions(None)),
            Places(cassettes=tmp_path / "cassettes", quickstart=tmp_path, command="pytest suites/test_places.py"),
            progress,
            methods,
        )

    yield make
    for endpoint in endpoints:
        endpoint.close()


@pytest.fixture
def recorded(run_of):
    """Records what a method needs, with other settings; gives the run that did."""

    def make(method="zero_shot", **changed):
        with serving(line) as (url, _):
            run = run_of(url, record="missing", **changed)
            run.sets.generated(method)
        return run

    return make


def texts_of(generated, label="sea"):
    return [example.text for example in generated.examples if example.label == label]


# ---- what is missing


def test_a_miss_writes_nothing(run_of, tmp_path):
    with pytest.raises(MissingAnswers):
        run_of().sets.generated("few_shot")
    assert not (tmp_path / "cassettes").exists()


def test_what_is_missing_is_one_line_with_counts_folder_tokens_price_and_command(run_of, tmp_path):
    said = answers.missing(run_of().sets, ["zero_shot", "few_shot"])
    assert re.fullmatch(
        r"places by m: zero_shot lacks 20 of 20 answers and few_shot lacks 10 of 10 answers in "
        rf"{tmp_path}/cassettes/m/places; about \d,\d+ prompt and 200 completion tokens, at an unknown price; record "
        r"them with: pytest suites/test_places\.py --synth-record missing",
        said,
    )


def test_a_miss_of_part_of_a_quota_counts_that_part(run_of, recorded):
    recorded("few_shot", per_label=10)
    run = run_of(per_label=12)
    with pytest.raises(MissingAnswers):
        run.sets.generated("few_shot")
    assert "few_shot lacks 4 of 24 answers" in answers.missing(run.sets, ["few_shot"])


def test_what_is_missing_for_a_larger_quota_that_was_asked_is_that_method_s_alone(run_of, recorded):
    for method in ("zero_shot", "few_shot"):
        recorded(method, per_label=5)
    run = run_of(per_label=5)
    with pytest.raises(MissingAnswers):
        run.sets.generated("few_shot", 7)
    said = answers.missing(run.sets, ["zero_shot", "few_shot"])
    assert "places by m: few_shot lacks 4 of 14 answers in" in said


def test_what_is_missing_names_a_method_that_was_asked_and_not_chosen(run_of):
    run = run_of()
    with pytest.raises(MissingAnswers):
        run.sets.generated("few_shot")
    assert "zero_shot lacks 20 of 20 answers and few_shot lacks 10 of 10 answers" in answers.missing(
        run.sets, ["real", "zero_shot"]
    )


def test_what_is_missing_is_told_though_another_method_cannot_be_made(run_of, recorded, tmp_path):
    recorded("few_shot")
    path_of(tmp_path / "cassettes", "m", "places", "few_shot").write_text("torn")
    said = answers.missing(run_of().sets, ["few_shot", "zero_shot"])
    assert said.startswith("places by m: zero_shot lacks 20 of 20 answers in ")


def test_what_is_missing_is_priced(run_of):
    said = answers.missing(run_of(price=Price(prompt=1000, completion=1_000_000)).sets, ["few_shot"])
    prompt, usd = (float(found) for found in re.search(r"about (\d+) prompt and .*, ([\d.]+) usd;", said).groups())
    assert usd == pytest.approx(prompt / 1000 + 67, abs=1e-3)  # 10 answers of 5 words, at 4 tokens for 3 words


def test_an_estimate_counts_each_method_and_asks_nothing(run_of, recorded):
    recorded("few_shot")
    with serving(line) as (url, came):
        found = answers.estimate(run_of(url, record="missing", per_label=8).sets, ["real", "zero_shot", "few_shot"])
    assert [(row.task, row.method, row.requests, row.retries, row.usd, row.kept) for row in found] == [
        ("places", "zero_shot", 20, 0, None, None),
        ("places", "few_shot", 6, 0, None, None),
    ]
    assert came.connections == 0


def test_an_estimate_needs_no_real_texts(run_of, tmp_path):
    found = answers.estimate(run_of(data=str(tmp_path / "nowhere")).sets, ["zero_shot", "few_shot"])
    assert [row.requests for row in found] == [20, 10]


def test_usage_is_that_of_the_recordings_that_were_added_to(run_of, recorded):
    recorded("few_shot")
    with serving(line) as (url, _):
        run = run_of(url, record="missing", price=Price(prompt=1000, completion=10_000))
        for method in ("real", "few_shot", "zero_shot"):
            run.sets.generated(method)
        (row,) = answers.usage(run.sets)
    assert (row.method, row.requests, row.retries, row.prompt_tokens, row.completion_tokens) == (
        "zero_shot", 20, 0, 600, 80,
    )  # fmt: skip
    assert row.usd == pytest.approx(0.6 + 0.8)
    assert row.kept == 10


def test_usage_after_a_run_that_was_cut_short_knows_no_texts(run_of):
    with serving(lambda number, body: error_of(401) if number > 6 else line(number, body)) as (url, _):
        run = run_of(url, record="missing", concurrency=1)
        with pytest.raises(GeneratorError):
            run.sets.generated("zero_shot")
        (row,) = answers.usage(run.sets)
    assert (row.requests, row.kept) == (7, None)


def test_what_was_used_are_the_answers_that_were_needed(run_of, recorded, tmp_path):
    recorded("few_shot", per_label=10)
    path = path_of(tmp_path / "cassettes", "m", "places", "few_shot")
    run = run_of(per_label=6)
    run.sets.generated("few_shot")
    (used,) = answers.used(run.sets).values()
    stored = loads(path.read_text())
    assert list(answers.used(run.sets)) == [path]
    assert used == {key for key, entry in stored.items() if entry["sample"] < 6}
    assert len(used) == 12


def test_nothing_was_used_where_there_is_no_recording(run_of):
    run = run_of()
    with pytest.raises(MissingAnswers):
        run.sets.generated("zero_shot")
    assert answers.used(run.sets) == {}


# ---- training sets


@pytest.mark.parametrize("method", ["zero_shot", "few_shot"])
def test_a_recording_serves_the_same_training_set_without_a_server(run_of, recorded, method):
    made = recorded(method).sets.generated(method)
    assert len(made.examples) == 10
    assert run_of().sets.generated(method) == made


def test_a_recording_for_a_large_quota_serves_a_small_one(run_of, recorded):
    recorded(per_label=25)
    few, many = (texts_of(run_of(per_label=quota).sets.generated("zero_shot")) for quota in (5, 25))
    assert len(few) == 5
    assert few == many[:5]


def test_a_finished_recording_is_one_sorted_file(recorded, tmp_path):
    recorded()
    (path,) = (path for path in (tmp_path / "cassettes").rglob("*") if path.is_file())
    assert path == tmp_path / "cassettes" / "m" / "places" / "zero_shot.jsonl"
    keys = [json.loads(line)["key"] for line in path.read_text().splitlines()[:-1]]
    assert keys == sorted(keys)
    assert len(keys) == 20


def test_a_training_set_is_made_once(run_of, recorded):
    recorded()
    run = run_of()
    assert run.sets.generated("zero_shot") is run.sets.generated("zero_shot", 5)


def test_a_training_set_that_failed_fails_the_same_way_and_asks_nobody_again(run_of):
    with serving(lambda number, body: error_of(401)) as (url, came):
        run = run_of(url, record="missing")
        messages = []
        for _ in range(2):
            with pytest.raises(GeneratorError) as raised:
                run.sets.generated("zero_shot")
            messages.append((str(raised.value), len(came)))
    assert messages[0] == messages[1]


def test_what_was_answered_before_a_fault_is_saved(run_of, tmp_path):
    with serving(lambda number, body: line(number, body) if number < 7 else error_of(401)) as (url, _):
        run = run_of(url, record="missing", concurrency=1)
        with pytest.raises(GeneratorError, match="answered 401"):
            run.sets.generated("zero_shot")
    assert len(loads(path_of(tmp_path / "cassettes", "m", "places", "zero_shot").read_text())) == 7
    with serving(line) as (url, came):
        run_of(url, record="missing").sets.generated("zero_shot")
    assert len(came) == 20 - 7


def test_mode_all_asks_for_each_answer_once_in_a_run_whatever_the_quotas(run_of, recorded):
    recorded(per_label=25)
    with serving(line) as (url, came):
        run = run_of(url, record="all")
        few, many = (texts_of(run.sets.generated("zero_shot", quota)) for quota in (10, 20))
    assert len(came) == 40
    assert few == many[:10]


def test_a_replay_blocks_the_network_and_opens_it_again(run_of, recorded):
    recorded()
    tried = []

    def tempted(task, sources, per_label, seed):
        with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(OSError, match="network is blocked"):
            socket.create_connection(server.getsockname())
        tried.append(task.name)
        return METHODS["zero_shot"](task, sources, per_label, seed)

    methods = {"zero_shot": replace(BUILT_IN["zero_shot"], make=tempted)}
    run_of(methods=methods).sets.generated("zero_shot")
    assert tried == ["places"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_real_asks_no_generator(run_of, tmp_path):
    made = run_of().sets.generated("real")
    assert len(made.examples) == 10
    assert not (tmp_path / "cassettes").exists()


def test_demonstrations_real_shows_real_training_texts_and_records_them_outside(run_of, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with serving(line) as (url, came):
        run = run_of(url, record="missing", demonstrations="real")
        run.sets.generated("few_shot")
        run.sets.generated("zero_shot")
    shown = {m["content"] for body in came.bodies for m in body["messages"] if m["role"] == "assistant"}
    real = {example.text for example in run.data.train}
    assert shown & real
    assert shown - real == {text for text in shown if re.fullmatch(r"(sea|land) \d+ (wave|hill)", text)}
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*shot.jsonl")} == {
        "cache/synthworth/cassettes/m/places/few_shot.jsonl",
        "cassettes/m/places/zero_shot.jsonl",
    }


def test_recordings_that_show_real_texts_lie_in_the_home_folder_s_cache_without_another(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert private_cassettes() == tmp_path / ".cache" / "synthworth" / "cassettes"


def test_data_that_cannot_be_loaded_fail_the_same_way_each_time(run_of, tmp_path):
    run = run_of()
    (tmp_path / "data" / "places" / "test.jsonl.gz").unlink()
    errors = []
    for _ in range(2):
        with pytest.raises(ValueError, match=r"test\.jsonl\.gz is missing") as raised:
            _ = run.data
        errors.append(raised.value)
    assert errors[0] is errors[1]


# ---- results


def test_a_result_is_made_once(run_of):
    run = run_of()
    assert run.result("real", "tfidf") is run.result("real", "tfidf", per_label=5, seed=0)
    assert run.result("real", "tfidf", seed=1) is not run.result("real", "tfidf")


def test_the_score_is_that_of_scikit_learn(run_of):
    run = run_of()
    result = run.result("real", "tfidf")
    texts, truth = [e.text for e in run.data.test], [e.label for e in run.data.test]
    found = train_and_predict(recipe("tfidf"), run.sets.generated("real").examples, texts, tuple(TASK.labels), 0).labels
    assert result.accuracy == pytest.approx(accuracy_score(truth, found), abs=1e-6)
    assert result.macro_f1 == pytest.approx(f1_score(truth, found, average="macro"), abs=1e-6)
    assert result.macro_f1_low <= result.macro_f1 <= result.macro_f1_high
    assert result.predictions == found


def test_a_result_says_what_went_in(run_of, recorded):
    recorded("few_shot")
    run = run_of()
    result = run.result("few_shot", "majority", seed=3)
    assert (result.task, result.data, result.data_version) == ("places", "mirror", run.data.version)
    assert (result.generator, result.method, result.demonstrations) == ("m", "few_shot", "pool")
    assert (result.per_label, result.train_rows, result.test_rows, result.training_seed) == (5, 10, 12, 3)
    assert result.attempts == 10


def test_a_result_of_real_texts_names_no_generator(run_of):
    result = run_of().result("real", "majority")
    assert (result.generator, result.demonstrations, result.attempts) == ("", "", 0)


def test_equal_inputs_have_one_hash_and_others_another(run_of):
    first, same = (run_of().result("real", "majority") for _ in range(2))
    others = [run_of().result("real", "tfidf"), run_of().result("real", "majority", seed=1)]
    others += [run_of(generation_seed=1).result("real", "majority")]
    assert first == same
    assert len({result.inputs for result in [first, *others]}) == 4


# ---- what is trained


def row_of(rows, **changed):
    """The first row, changed."""
    rows[0] |= changed


CHANGES = {
    "a training text": ("train", lambda rows: row_of(rows, text="a hill that is new")),
    "a label of a training text": ("train", lambda rows: row_of(rows, label="sea")),
    "a training text less": ("train", lambda rows: rows.pop()),
    "a test text": ("test", lambda rows: row_of(rows, text="a hill that is new")),
    "a test text more": ("test", lambda rows: rows.append({"id": "new", "text": "a new wave", "label": "sea"})),
}


@pytest.fixture
def edited(tmp_path):
    """Makes a mirror in which a split differs."""

    def make(split, change):
        path = Path(mirror(tmp_path / "edited")) / TASK.name / f"{split}.jsonl.gz"
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        change(rows)
        with gzip.open(path, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        return str(path.parents[1])

    return make


def test_the_same_texts_elsewhere_are_the_same_cell(run_of, edited):
    before = run_of(per_label=0).cell("real", "tfidf").key
    assert run_of(per_label=0, data=edited("train", list)).cell("real", "tfidf").key == before


@pytest.mark.parametrize("changed", CHANGES)
def test_a_change_in_the_texts_or_labels_is_another_cell(run_of, edited, changed):
    before = run_of(per_label=0).cell("real", "tfidf").key
    assert run_of(per_label=0, data=edited(*CHANGES[changed])).cell("real", "tfidf").key != before


def test_another_order_of_the_labels_is_another_cell(run_of):
    other = replace(TASK, labels=dict(reversed(TASK.labels.items())))
    assert run_of(task=other).cell("real", "tfidf").key != run_of().cell("real", "tfidf").key


def test_another_seed_size_classifier_or_number_of_threads_is_another_cell(run_of):
    run = run_of()
    cells = [run.cell("real", "tfidf"), run.cell("real", "tfidf", seed=1), run.cell("real", "tfidf", per_label=3)]
    cells += [run.cell("real", "majority"), run_of(threads=2).cell("real", "tfidf")]
    assert len({cell.key for cell in cells}) == 5


def test_a_change_that_changes_no_text_is_the_same_cell(run_of, recorded):
    recorded("few_shot")
    before = run_of().cell("few_shot", "tfidf")
    other = replace(TASK, version=TASK.version + 1)
    after = run_of(task=other).cell("few_shot", "tfidf")
    assert after.key == before.key


def test_what_a_result_says_of_its_inputs_is_what_its_cell_was_found_by(run_of):
    run = run_of()
    cell, result = run.cell("real", "tfidf"), run.result("real", "tfidf")
    assert (result.inputs, key_of(result.inputs, recipe("tfidf"))) == (cell.inputs, cell.key)


@pytest.mark.parametrize(("rate", "collapsed"), [(1e-2, False), (1e-12, True)])
def test_a_training_that_failed_is_a_result_that_says_so(run_of, tmp_path, monkeypatch, rate, collapsed):
    chosen = replace(RECIPES["minilm"], learning_rate=rate, least_steps=30)
    monkeypatch.setitem(RECIPES, "minilm", chosen)
    folder = tiny_bert(tmp_path / "tiny", [*KNOWN[:5], "a", "train", "test", "wave", "hill"])
    result = run_of(per_label=10).result("real", folder)
    assert result.collapsed is collapsed
    assert (result.classifier, result.steps) == ("tiny", 30)


def test_progress_counts_each_recorded_answer(run_of):
    reported = []
    with serving(line) as (url, came):
        run = run_of(url, record="missing", progress=lambda stage, done, total: reported.append((stage, done)))
        run.sets.generated("few_shot")
    assert reported == [("recording places/few_shot", i + 1) for i in range(len(came))]
    assert len(came) == 10
