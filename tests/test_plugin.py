"""Sessions of pytest inside pytest: a one-file suite of a toy task, its mirror, and a generator on loopback."""

import contextlib
import gzip
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Sessions in this process share what is imported here; numpy cannot be imported twice.
import openai
import pytest
import sklearn.feature_extraction.text
import sklearn.linear_model
import tabulate
import torch
import vcr

from benchmark.result import read

IMPORTED = (openai, sklearn, tabulate, vcr)
SUITE = """
import pytest
from benchmark import Expectation, Task, TaskSuite

class TestToy(TaskSuite):
    task = Task(
        name="toy",
        labels={"good": "a kind note", "bad": "an unkind note"},
        words=(1, 12),
        context_prompt="You write notes.",
        generation_prompt="Write {description} of {words} words.",
        diversity_prompt="Another one.",
        demonstrations={"good": ("so kind",) * 3, "bad": ("so rude",) * 3},
    )
"""
FLOORS = ("--synth-classifier", "majority,tfidf", "--synth-per-label", "5")
REAL = ("--synth-data", "mirror", "--synth-method", "real", *FLOORS)
WRITTEN = ("--synth-data", "mirror", "--synth-method", "zero_shot", *FLOORS)
ADJECTIVES = {"good": ("lovely", "warm", "gentle"), "bad": ("nasty", "cold", "bitter")}
OPTIONS = [
    *("data", "generator", "method", "classifier", "seeds", "generation-seed", "per-label", "demonstrations"),
    *("record", "concurrency", "results"),
]


def project(pytester, more=""):
    """A folder with the toy suite and a mirror of ten invented texts of each label in each split."""
    pytester.makepyfile(test_toy=SUITE + more)
    (pytester.path / "mirror" / "toy").mkdir(parents=True)
    for split in ("train", "test"):
        rows = [
            {"id": f"{label}{n}", "text": f"a {ADJECTIVES[label][n % 3]} {split} note {n}", "label": label}
            for label in ("good", "bad")
            for n in range(10)
        ]
        with gzip.open(pytester.path / "mirror" / "toy" / f"{split}.jsonl.gz", "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)


class Writer(BaseHTTPRequestHandler):
    """Answers a chat request with a note of the label asked for, made unique by the seed of the request."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        label = "bad" if "unkind" in body["messages"][-1]["content"] else "good"
        text = f"{ADJECTIVES[label][body['seed'] % 3]} note {body['seed']}"
        answer = {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.server.asked += 1

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def generator():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Writer)
    server.asked = 0
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server, f"toy-llm@http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def record(pytester, *options):
    with generator() as (server, address):
        done = pytester.runpytest(*WRITTEN, "--synth-generator", address, "--synth-record", "missing", *options)
        return done, server.asked


def table(result):
    return [line for line in result.outlines if line.startswith("toy ")]


# ---- the leaderboard


def test_the_leaderboard_has_a_row_for_each_classifier(pytester):
    project(pytester)
    result = pytester.runpytest(*REAL)
    result.assert_outcomes(passed=7, skipped=1)
    result.stdout.fnmatch_lines(
        ["*= synthworth =*", "*real data from a local mirror (1 task)", "task *Macro-F1*accuracy*", "toy *real*"]
    )
    assert len(table(result)) == 2


def test_the_row_of_the_majority_has_the_score_that_it_must_have(pytester):
    project(pytester)
    row = next(line for line in table(pytester.runpytest(*REAL)) if " majority " in line)
    assert " 0.333 " in row  # of two equal classes, one has F1 2/3 and the other 0
    assert " 0.500 " in row


def test_texts_of_the_generator_are_recorded_and_replayed_to_the_same_table(pytester):
    project(pytester)
    recorded, asked = record(pytester)
    replayed = pytester.runpytest(*WRITTEN, "--synth-generator", "toy-llm")
    assert asked > 0
    assert replayed.ret == recorded.ret == 0
    assert table(replayed) == table(recorded) != []


def test_a_recording_that_is_complete_asks_nobody_again(pytester):
    project(pytester)
    record(pytester)
    assert record(pytester)[1] == 0


def test_a_real_row_gives_the_others_their_drop(pytester):
    project(pytester)
    record(pytester)
    chosen = [*WRITTEN, "--synth-generator", "toy-llm", "--synth-method", "real,zero_shot"]
    row = next(line for line in table(pytester.runpytest(*chosen)) if "zero_shot" in line and "majority" in line)
    assert re.search(r" 0\.500 +0\.000 ", row)


def test_seeds_are_averaged_in_one_row(pytester):
    project(pytester)
    result = pytester.runpytest(*REAL, "--synth-seeds", "2", "--synth-results", "out.jsonl")
    assert [r.training_seed for r in read(pytester.path / "out.jsonl") if r.classifier == "tfidf"] == [0, 1]
    assert [line.split()[-1] for line in table(result)] == ["2", "2"]


@pytest.mark.slow
def test_two_processes_give_the_same_table_as_one(pytester):
    project(pytester)
    record(pytester)
    chosen = [*WRITTEN, "--synth-generator", "toy-llm", "--synth-method", "real,zero_shot"]
    alone = pytester.runpytest(*chosen, "--synth-results", "alone.jsonl")
    shared = pytester.runpytest_subprocess(*chosen, "--synth-results", "shared.jsonl", "-n", "2")
    assert table(alone) == table(shared) != []
    assert (pytester.path / "alone.jsonl").read_bytes() == (pytester.path / "shared.jsonl").read_bytes()


def test_what_is_run_twice_is_trained_once(pytester):
    more = """
    def test_again(self, run):
        import benchmark.classifier
        first = run("real", "tfidf", seed=7)
        benchmark.classifier.train_and_predict = None
        assert run("real", "tfidf", seed=7) is first
"""
    project(pytester, more)
    pytester.runpytest_subprocess(*REAL, "-k", "again").assert_outcomes(passed=1)


def test_a_claim_about_another_size_than_the_run_s_can_be_asked(pytester):
    project(
        pytester,
        '\n    def test_size(self, run):\n        assert run("real", "majority", per_label=3).train_rows == 6\n',
    )
    pytester.runpytest(*REAL, "-k", "size").assert_outcomes(passed=1)


def test_quickstart_has_a_table_of_its_own_and_no_real_row(pytester):
    project(pytester)
    record(pytester)
    (pytester.path / "quickstart").mkdir()
    lines = [{"id": f"{k}{n}", "text": f"{ADJECTIVES[k][n]} words", "label": k} for k in ADJECTIVES for n in range(3)]
    (pytester.path / "quickstart" / "toy.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    chosen = [*WRITTEN, "--synth-generator", "toy-llm", "--synth-method", "real,zero_shot"]
    result = pytester.runpytest(*chosen, "--synth-data", "quickstart")
    result.stdout.fnmatch_lines(["*leaderboard*not real data (1 task)"])
    assert {line.split()[1] for line in table(result)} == {"zero_shot"}
    assert result.parseoutcomes()["passed"] > 0
    assert "failed" not in result.parseoutcomes()


# ---- results


def test_without_the_option_nothing_is_written(pytester):
    project(pytester)
    before = {path for path in pytester.path.rglob("*") if path.is_file()}
    pytester.runpytest(*REAL, "-p", "no:cacheprovider")
    written = {path for path in pytester.path.rglob("*") if path.is_file()} - before
    assert {path for path in written if path.suffix != ".pyc"} == set()


def test_results_are_written_sorted_and_once_each(pytester):
    project(pytester, '    expectations = (Expectation(method="real", classifier="tfidf", per_label=5),)\n')
    result = pytester.runpytest(*REAL, "--synth-results", "out.jsonl")
    assert [r.classifier for r in read(pytester.path / "out.jsonl")] == ["majority", "tfidf"]
    result.stdout.fnmatch_lines(["2 results written to out.jsonl"])


def test_results_of_another_run_are_merged(pytester):
    project(pytester)
    pytester.runpytest(*REAL, "--synth-results", "out.jsonl")
    pytester.runpytest(*REAL, "--synth-results", "out.jsonl", "--synth-per-label", "3")
    found = read(pytester.path / "out.jsonl")
    assert [(r.per_label, r.classifier) for r in found] == [
        (3, "majority"),
        (3, "tfidf"),
        (5, "majority"),
        (5, "tfidf"),
    ]


def test_a_repeated_run_writes_the_same_bytes(pytester):
    project(pytester)
    pytester.runpytest(*REAL, "--synth-results", "out.jsonl")
    first = (pytester.path / "out.jsonl").read_bytes()
    pytester.runpytest(*REAL, "--synth-results", "out.jsonl")
    assert (pytester.path / "out.jsonl").read_bytes() == first


# ---- mistakes


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("method", "few-shot", "unknown method 'few-shot'; methods: *; did you mean few_shot?"),
        ("classifier", "tf-idf", "unknown classifier 'tf-idf'; *; did you mean tfidf?*"),
        ("record", "mising", "unknown --synth-record 'mising'; values: none, missing, all; did you mean missing?"),
        ("demonstrations", "reel", "unknown --synth-demonstrations 'reel'; values: pool, real; did you mean real?"),
        ("seeds", "0", "--synth-seeds is 0; give 1 or more"),
        ("per-label", "-1", "--synth-per-label is -1; give 0 or more"),
        ("concurrency", "0", "--synth-concurrency is 0; give 1 or more"),
        ("data", "mirrow", "no folder mirrow; --synth-data takes hub, quickstart, or the folder of a mirror"),
        ("method", ",", "--synth-method is empty; name at least one method"),
        ("results", "damaged.jsonl", "damaged.jsonl, line 1: *"),
        ("generator", "toy@nowhere", "generator 'toy@nowhere'; give NAME or NAME@BASE_URL*"),
        ("generator", "@http://127.0.0.1/v1", "generator '@http://127.0.0.1/v1'; give NAME or NAME@BASE_URL*"),
    ],
)
def test_a_mistake_in_an_option_is_one_line_and_exit_code_4(pytester, option, value, said):
    project(pytester)
    (pytester.path / "damaged.jsonl").write_text("{\n")
    result = pytester.runpytest(*REAL, f"--synth-{option}={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {said}"])
    assert len([line for line in result.errlines if line]) == 1


def test_a_missing_recording_fails_with_one_line_and_the_command_that_records_it(pytester):
    project(pytester)
    result = pytester.runpytest(*WRITTEN, "--synth-generator", "toy-llm", "-k", "test_score and tfidf")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    lines = [line for line in result.outlines if line.startswith("no recording of toy/zero_shot by toy-llm")]
    assert len(lines) == 1
    assert "pytest test_toy.py" in lines[0]
    assert lines[0].endswith("--synth-record missing")
    result.stdout.no_fnmatch_line("*Traceback*")


def test_the_command_that_records_names_the_same_generator_and_data(pytester):
    project(pytester)
    result = pytester.runpytest(*WRITTEN, "--synth-generator", "toy-llm", "-k", "test_score and tfidf")
    said = next(line for line in result.outlines if line.startswith("no recording of"))
    assert "--synth-generator toy-llm" in said
    assert "--synth-data mirror" in said


def test_a_partial_recording_says_how_many_answers_are_missing(pytester):
    project(pytester)
    record(pytester)
    result = pytester.runpytest(*WRITTEN, "--synth-generator", "toy-llm", "--synth-per-label", "15", "-k", "tfidf")
    result.stdout.re_match_lines([r"no recording of toy/zero_shot by toy-llm: \d+ of the next \d+ answers are missing"])


def test_a_damaged_mirror_fails_with_one_line(pytester):
    project(pytester)
    (pytester.path / "mirror" / "toy" / "test.jsonl.gz").unlink()
    result = pytester.runpytest(*REAL, "-k", "test_score")
    result.stdout.fnmatch_lines(["task 'toy': *test.jsonl.gz is missing; tasks in this mirror: toy"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_result_that_contradicts_an_expectation_fails_with_both_numbers(pytester):
    claim = '    expectations = (Expectation(method="real", classifier="majority", per_label=5, at_least=0.9),)\n'
    project(pytester, claim)
    result = pytester.runpytest(*REAL, "-k", "test_expectation")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Macro-F1 0.333 (95 % *is below the floor 0.9*"])


def test_an_expectation_of_other_conditions_is_skipped_with_the_reason(pytester):
    project(pytester, '    expectations = (Expectation(method="real", classifier="majority", at_least=0.9),)\n')
    result = pytester.runpytest(*REAL, "-k", "test_expectation", "-rs")
    result.stdout.fnmatch_lines(["*SKIPPED*stated for 100 texts per label, this is 5"])


# ---- gpu


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_gpu_tests_without_a_gpu_stop_at_once_with_one_line(pytester):
    project(pytester)
    result = pytester.runpytest("--synth-data", "mirror", "--synth-method", "real", "-m", "gpu")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: 2 gpu tests are selected and this machine has no CUDA device; *"])
    assert len([line for line in result.errlines if line]) == 1


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ((), {"majority", "tfidf", "minilm"}),
        (("-m", "not gpu"), {"majority", "tfidf", "minilm"}),
        (("-m", "gpu"), {"bert", "roberta"}),
    ],
)
def test_gpu_classifiers_are_selected_by_m_gpu_alone(pytester, selection, expected):
    project(pytester)
    chosen = ("--synth-data", "mirror", "--synth-method", "real", "--collect-only", "-q", "-k", "test_score")
    found = set(re.findall(r"test_score\[real-(\w+)-0\]", pytester.runpytest(*chosen, *selection).stdout.str()))
    assert found == expected


# ---- others' sessions


def test_a_session_without_suites_prints_nothing_of_ours(pytester):
    pytester.makepyfile("def test_it():\n    pass\n")
    result = pytester.runpytest()
    result.assert_outcomes(passed=1)
    assert not [line for line in result.outlines if "synth" in line and not line.startswith(("plugins:", "rootdir:"))]


def test_a_session_without_suites_imports_nothing_heavy(pytester):
    pytester.makepyfile(
        """
        import sys

        def test_it():
            assert "benchmark.plugin" in sys.modules
            assert not {"torch", "transformers", "datasets", "openai", "vcr", "scipy", "sklearn"} & set(sys.modules)
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_session_with_a_suite_and_without_cuda_questions_only_collects(pytester):
    project(
        pytester, "\nimport sys\n\ndef test_light():\n    assert not {'torch', 'datasets', 'vcr'} & set(sys.modules)\n"
    )
    pytester.runpytest_subprocess(*REAL, "-k", "test_light").assert_outcomes(passed=1, deselected=8)


def test_every_option_stands_in_one_group_with_a_default_and_an_example(pytester):
    text = pytester.runpytest("--help").stdout.str()
    section = text.split("synthworth: what is LLM-written training data worth?", 1)[1]
    section = re.split(r"\n(?=\S)", section, maxsplit=1)[0]
    parts = re.split(r"\n\s+--synth-", section)[1:]
    assert [re.match(r"[\w-]+", part)[0] for part in parts] == OPTIONS
    assert all("Default:" in " ".join(p.split()) and "Example:" in " ".join(p.split()) for p in parts)
    assert text.count("--synth-results=") == 1


def test_the_header_says_under_which_conditions_a_run_is_made(pytester):
    project(pytester)
    pytester.runpytest(*REAL).stdout.fnmatch_lines(
        ["synthworth: data mirror, generator *, 5 texts per label, 1 seed(s)"]
    )


def test_a_suite_elsewhere_works_with_a_cassette_folder_of_its_own(pytester):
    project(pytester)
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def cassette_dir(request):
            return request.config.rootpath / "my recordings"
        """
    )
    record(pytester)
    assert (pytester.path / "my recordings" / "toy-llm" / "toy" / "zero_shot.jsonl").is_file()
    assert pytester.runpytest(*WRITTEN, "--synth-generator", "toy-llm").ret == 0
    assert not (pytester.path / "cassettes").exists()


def test_a_replaying_session_opens_no_connection(pytester):
    more = """
    def test_blocked(self, run):
        import socket
        with pytest.raises(OSError, match="the network is blocked"):
            socket.create_connection(("127.0.0.1", 9))
"""
    project(pytester, more)
    pytester.runpytest(*REAL, "-k", "blocked").assert_outcomes(passed=1)


def test_the_network_is_open_again_after_a_session(pytester):
    import socket

    before = socket.socket.connect
    project(pytester)
    pytester.runpytest(*REAL)
    assert socket.socket.connect is before


def test_tests_of_others_in_the_same_session_may_connect(pytester):
    project(pytester)
    pytester.makepyfile(
        test_zebra="""
        import socket

        def test_it():
            with socket.create_server(("127.0.0.1", 0)) as server:
                socket.create_connection(server.getsockname()).close()
        """
    )
    pytester.runpytest(*REAL, "-k", "score or zebra").assert_outcomes(passed=3)
