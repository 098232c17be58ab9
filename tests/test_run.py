"""A run of a task, with a real generator server on loopback and a mirror on disk."""

import contextlib
import gzip
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sklearn.metrics import accuracy_score, f1_score

from benchmark.classifier import recipe, train_and_predict
from benchmark.generator import EmbeddedServer, Generator, GeneratorError
from benchmark.recording import MissingAnswers
from benchmark.run import Run, Settings, cassette_folder
from benchmark.task import Task

TASK = Task(
    name="places",
    labels={"sea": "about the sea", "land": "about the land"},
    words=(2, 9),
    context_prompt="You write about places.",
    generation_prompt="Write a line {description} of {words} words.",
    diversity_prompt="Write something unlike the earlier lines.",
    demonstrations={label: tuple(f"{label} demonstration {i}" for i in range(5)) for label in ("sea", "land")},
)


@contextlib.contextmanager
def serving(write=lambda number, label: f"{label} {number} wave" if label == "sea" else f"{label} {number} hill"):
    """A real server that writes text number n by `write(n, label)`, an int being an error; yields URL and bodies."""
    came, lock = [], threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                number = len(came)
                came.append(body)
            made = write(number, "sea" if "the sea" in body["messages"][-1]["content"] else "land")
            choice = {"message": {"role": "assistant", "content": made}, "finish_reason": "stop"}
            data = json.dumps({"id": "x", "model": "m-1", "choices": [choice]}).encode()
            self.send_response(made if isinstance(made, int) else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1", came
        finally:
            server.shutdown()
            thread.join()


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


def run_of(folder, url=None, **changed):
    generator = Generator(name="m", base_url=url or "http://127.0.0.1:9/v1")
    settings = Settings(**{"data": mirror(folder), "generator": generator, "per_label": 5, **changed})
    return Run(
        TASK,
        settings,
        cassettes=folder / "cassettes",
        quickstart=folder,
        command="pytest suites/test_places.py",
        server=EmbeddedServer(),
    )


def recorded(folder, method="zero_shot", **changed):
    with serving() as (url, _):
        run_of(folder, url, record="missing", **changed).generated(method)


def test_a_miss_without_any_recording_names_task_method_generator_file_and_command(tmp_path):
    line = (
        r"^no recording of places/zero_shot by m: all answers are missing in [^\n]*places/zero_shot\.jsonl; "
        r"record them with: pytest suites/test_places\.py --synth-record missing$"
    )
    with pytest.raises(MissingAnswers, match=line):
        run_of(tmp_path).generated("zero_shot")


def test_a_miss_in_a_recording_says_how_many_answers_are_missing(tmp_path):
    recorded(tmp_path, per_label=5)
    with pytest.raises(MissingAnswers, match=r"places/zero_shot by m: 20 of the next 20 answers are missing"):
        run_of(tmp_path, per_label=15).generated("zero_shot")


def test_a_miss_of_a_part_counts_that_part(tmp_path):
    recorded(tmp_path, "few_shot", per_label=10)
    with pytest.raises(MissingAnswers, match=r"places/few_shot by m: 4 of the next 24 answers are missing"):
        run_of(tmp_path, per_label=12).generated("few_shot")


def test_a_miss_writes_nothing(tmp_path):
    with pytest.raises(MissingAnswers):
        run_of(tmp_path).generated("few_shot")
    assert not (tmp_path / "cassettes").exists()


def test_a_recording_serves_the_same_training_set_without_a_server(tmp_path):
    with serving() as (url, _):
        made = run_of(tmp_path, url, record="missing").generated("zero_shot")
    assert run_of(tmp_path).generated("zero_shot") == made


def test_a_recording_for_a_large_quota_serves_a_small_one(tmp_path):
    recorded(tmp_path, per_label=25)
    few, many = (run_of(tmp_path, per_label=quota).generated("zero_shot").examples for quota in (5, 25))
    assert [e for e in few if e.label == "sea"] == [e for e in many if e.label == "sea"][:5]


def test_a_finished_recording_is_one_sorted_file(tmp_path):
    recorded(tmp_path)
    files = [path.relative_to(tmp_path) for path in (tmp_path / "cassettes").rglob("*") if path.is_file()]
    assert [str(path) for path in files] == ["cassettes/m/places/zero_shot.jsonl"]


def test_a_training_set_is_made_once(tmp_path):
    recorded(tmp_path)
    run = run_of(tmp_path)
    assert run.generated("zero_shot") is run.generated("zero_shot", 5)


def test_a_training_set_that_failed_fails_the_same_way_and_asks_nobody_again(tmp_path, monkeypatch):
    with serving(lambda number, label: 401) as (url, came):
        run = run_of(tmp_path, url, record="missing")
        messages = []
        for _ in range(2):
            with pytest.raises(GeneratorError) as raised:
                run.generated("zero_shot")
            messages.append((str(raised.value), len(came)))
    assert messages[0] == messages[1]


def test_what_was_answered_before_a_fault_is_saved(tmp_path):
    refusing = serving(lambda number, label: f"{label} {number} wave" if number < 7 else 401)
    with refusing as (url, _), pytest.raises(GeneratorError, match="answered 401"):
        run_of(tmp_path, url, record="missing", concurrency=1).generated("zero_shot")
    with serving() as (url, came):
        run_of(tmp_path, url, record="missing").generated("zero_shot")
    assert len(came) == 20 - 7


def test_mode_all_asks_for_each_answer_once_in_a_run_whatever_the_quotas(tmp_path):
    recorded(tmp_path, per_label=25)
    with serving() as (url, came):
        run = run_of(tmp_path, url, record="all")
        few, many = (run.generated("zero_shot", quota).examples for quota in (10, 20))
    assert len(came) == 40
    assert [e for e in few if e.label == "sea"] == [e for e in many if e.label == "sea"][:10]


def test_a_replay_blocks_the_network_and_opens_it_again(tmp_path, monkeypatch):
    recorded(tmp_path)
    tried = []

    def tempted(task, sources, per_label, seed):
        with serving() as (url, _), pytest.raises(OSError, match="the network is blocked") as raised:
            socket.create_connection(("127.0.0.1", int(url.split(":")[2].split("/")[0])))
        tried.append(raised)
        raise ValueError("enough")

    monkeypatch.setattr("benchmark.run.METHODS", {"zero_shot": tempted})
    with pytest.raises(ValueError, match="enough"):
        run_of(tmp_path).generated("zero_shot")
    assert tried
    with serving() as (url, _):
        socket.create_connection(("127.0.0.1", int(url.split(":")[2].split("/")[0]))).close()


def test_real_asks_no_generator(tmp_path):
    made = run_of(tmp_path).generated("real")
    assert len(made.examples) == 10
    assert not (tmp_path / "cassettes").exists()


def test_demonstrations_real_shows_real_training_texts(tmp_path):
    with serving() as (url, came):
        run = run_of(tmp_path, url, record="missing", demonstrations="real")
        run.generated("few_shot")
    shown = {m["content"] for body in came for m in body["messages"] if m["role"] == "assistant"}
    assert shown <= {example.text for example in run.data.train}


def test_recordings_that_show_real_texts_lie_outside_the_project(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert cassette_folder(tmp_path / "project", "pool") == tmp_path / "project" / "cassettes"
    assert cassette_folder(tmp_path / "project", "real") == tmp_path / "cache" / "synthworth" / "cassettes"


def test_a_result_is_made_once(tmp_path):
    run = run_of(tmp_path)
    assert run.result("real", "tfidf") is run.result("real", "tfidf", per_label=5, seed=0)
    assert run.result("real", "tfidf", seed=1) is not run.result("real", "tfidf")


def test_the_score_is_that_of_scikit_learn(tmp_path):
    run = run_of(tmp_path)
    result = run.result("real", "tfidf")
    texts, truth = [e.text for e in run.data.test], [e.label for e in run.data.test]
    found = train_and_predict(recipe("tfidf"), run.generated("real").examples, texts, tuple(TASK.labels), 0).labels
    assert result.accuracy == pytest.approx(accuracy_score(truth, found), abs=1e-6)
    assert result.macro_f1 == pytest.approx(f1_score(truth, found, average="macro"), abs=1e-6)
    assert result.macro_f1_low <= result.macro_f1 <= result.macro_f1_high


def test_a_result_says_what_went_in(tmp_path):
    recorded(tmp_path, "few_shot")
    run = run_of(tmp_path)
    result = run.result("few_shot", "majority", seed=3)
    assert (result.task, result.data, result.data_version) == ("places", "mirror", run.data.version)
    assert (result.generator, result.method, result.demonstrations) == ("m", "few_shot", "pool")
    assert (result.per_label, result.train_rows, result.test_rows, result.training_seed) == (5, 10, 12, 3)
    assert result.attempts == 10


def test_a_result_of_real_texts_names_no_generator(tmp_path):
    result = run_of(tmp_path).result("real", "majority")
    assert (result.generator, result.demonstrations, result.attempts) == ("", "", 0)


def test_equal_inputs_have_one_hash_and_others_another(tmp_path):
    first, same = (run_of(tmp_path).result("real", "majority") for _ in range(2))
    others = [run_of(tmp_path).result("real", "tfidf"), run_of(tmp_path).result("real", "majority", seed=1)]
    others += [run_of(tmp_path, generation_seed=1).result("real", "majority")]
    assert first == same
    assert len({result.inputs for result in [first, *others]}) == 4


def test_progress_counts_each_recorded_answer(tmp_path):
    reported = []
    with serving() as (url, came):
        run = run_of(tmp_path, url, record="missing")
        run._progress = lambda stage, done, total: reported.append((stage, done))
        run.generated("few_shot")
    assert reported == [("recording places/few_shot", i + 1) for i in range(len(came))]
