"""--synth-refine in a whole session: names in tables, recordings of votes, estimates, and errors."""

import json

import pytest

from projects import FLOORS, TOKENS, WRITTEN, embed_at_random, files, note, project, record, recording, replay
from servers import answer_of
from synthworth.core.result import read
from synthworth.leaderboard import View
from synthworth.leaderboard.render import render
from synthworth.leaderboard.site.names import slug

VOTED = "zero_shot|filter(agreement=0.6,votes=3)"


@pytest.fixture(autouse=True)
def _embedder(monkeypatch):
    embed_at_random(monkeypatch)


def voting(number, body):
    """A generator that writes notes, and is sure of the label of all of them but the cold ones."""
    asked = body["messages"][-1]["content"]
    if not asked.startswith("Text: "):
        return note(number, body)
    text = asked.partition("\n")[0]
    kind = any(word in text for word in ("lovely", "warm", "gentle"))
    return answer_of("2" if not kind and ("cold" not in text or body["seed"] == 0) else "1", tokens=(30, 1))


def refined(pytester, *options, run=replay, **more):
    """The results of a session with these refinements."""
    run(pytester, *options, "--synth-results", "results.jsonl", **more)
    return {result.method: result for result in read(pytester.path / "results.jsonl")}


def test_votes_are_recorded_beside_the_texts_and_replayed_without_a_server(pytester):
    project(pytester)
    options = ("--synth-refine", "none, filter")
    first, came = record(pytester, *options, reply=voting)
    assert {*first.parseoutcomes()} == {"passed", "skipped"}
    votes = [body for body in came if body["messages"][-1]["content"].startswith("Text: ")]
    assert len(votes) == len({json.dumps(body, sort_keys=True) for body in votes}) > 0
    results = refined(pytester, *options)
    assert {*results} == {"zero_shot", VOTED}
    assert results[VOTED].dropped["bad"].keys() == {"filter 1/3"}
    assert results[VOTED].train_rows == results["zero_shot"].train_rows == 10
    assert results[VOTED].macro_f1 != results["zero_shot"].macro_f1
    assert {path for path in files(pytester) if "cassettes" in path} == {
        str(recording(pytester).relative_to(pytester.path))
    }


def test_weights_decide_the_version_and_the_score_and_the_row_says_what_is_left(pytester):
    project(pytester)
    record(pytester, reply=voting)
    results = refined(pytester, "--synth-refine", "none,reweight")
    plain, weighted = results["zero_shot"], results["zero_shot|reweight(q=0.7)"]
    assert (plain.effective, plain.train_rows) == ({}, weighted.train_rows)
    assert plain.train_version != weighted.train_version
    assert weighted.effective.keys() == {"good", "bad"}
    assert all(1 <= number < 5 for number in weighted.effective.values())
    every = read(pytester.path / "results.jsonl")
    shown = render(every, view=View(columns=("method", "remarks")))
    assert shown.count("weighted: those of ") == 2  # a row for each classifier
    assert refined(pytester, "--synth-refine", "reweight")[weighted.method] == weighted


def test_results_hold_the_tokens_behind_their_texts_votes_too(pytester):
    project(pytester)
    options = ("--synth-refine", "none,filter,dedup")
    record(pytester, *options, reply=voting)
    results = refined(pytester, *options)
    plain = results["zero_shot"]
    assert (plain.prompt_tokens, plain.completion_tokens) == (20 * TOKENS[0], 20 * TOKENS[1])  # it asks in tens
    voted = results[VOTED]
    votes = voted.prompt_tokens - 20 * TOKENS[0]
    assert votes == 30 * (voted.completion_tokens - 20 * TOKENS[1]) > 0
    assert results["zero_shot|dedup"].tokens == plain.tokens


def test_a_chain_has_one_name_on_every_table_and_page(pytester):
    project(pytester)
    options = ("--synth-refine", "dedup(0.9990)|filter(0.6)|balance")
    record(pytester, *options, reply=voting)
    results = refined(pytester, *options)
    (name,) = results
    assert name == "zero_shot|dedup(0.999)|filter(agreement=0.6,votes=3)|balance"
    every = read(pytester.path / "results.jsonl")
    assert name in render(every, view=View(brief=True))
    shown = render(every, form="github")
    assert name.replace("|", "\\|") in shown
    assert set(slug(name, "toy-llm")) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.~")


def test_the_estimate_counts_votes_and_texts_that_two_methods_share_once(pytester):
    project(pytester)

    def requests(*options):
        shown = replay(pytester, "--synth-estimate", *options)
        return int(next(line for line in shown.outlines if line.startswith("toy ")).split()[2])

    once = requests("--synth-refine", "none,dedup")
    assert once == 20  # zero_shot asks in tens
    assert requests("--synth-refine", "none,dedup,relabel(votes=2)") == once + 2 * 10


def test_missing_votes_are_said_with_the_command_that_records_them(pytester):
    project(pytester)
    record(pytester, reply=voting)
    shown = replay(pytester, "--synth-refine", "filter(0.6)|balance")
    shown.stdout.fnmatch_lines(["*zero_shot|filter(agreement=0.6,votes=3)|balance lacks 30 of 50 answers*"])
    shown.stdout.fnmatch_lines(["*--synth-refine 'filter(0.6)|balance'*--synth-record missing*"])
    shown.stdout.no_fnmatch_line("*since these changed*")


def test_texts_in_files_are_refined_and_real_ones_are_not(pytester):
    project(pytester)
    (pytester.path / "texts").mkdir()
    rows = [
        {"text": f"{word} words {n % 4}", "label": label}
        for label, word in (("good", "kind"), ("bad", "rude"))
        for n in range(6)
    ]
    rows += [{"text": "kind words one", "label": "good"}, {"text": "Kind words 1!", "label": "bad"}]
    (pytester.path / "texts" / "toy.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    of = ("--synth-data", "mirror", "--synth-method", "real,data:texts", "--synth-generation-seed", "0", *FLOORS)
    results = refined(pytester, "--synth-refine", "none,dedup|balance", of=of)
    assert {*results} == {"real", "data-texts", "data-texts|dedup|balance"}
    assert results["data-texts|dedup|balance"].dropped["bad"] == {"duplicate": 2, "dedup": 1}
    assert results["data-texts|dedup|balance"].generator == results["data-texts"].generator


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--synth-refine", "dedupe"), "*unknown refinement 'dedupe'; refinements: dedup, *; did you mean dedup?"),
        (("--synth-refine", "filter(2)"), "*filter(2): agreement is 2; give 0.01 to 1*"),
        (("--synth-refine", "dedup", "--synth-method", "real"), "*refinements are for written texts*add few_shot"),
    ],
)
def test_a_refinement_that_makes_no_sense_ends_in_one_line(pytester, options, problem):
    project(pytester)
    shown = replay(pytester, *options)
    shown.stderr.fnmatch_lines([problem])
    assert len([line for line in shown.errlines if line.strip()]) <= 2
    assert "Traceback" not in shown.stdout.str() + shown.stderr.str()


def test_without_refinements_nothing_changes(pytester):
    project(pytester)
    record(pytester, of=WRITTEN)
    assert {*refined(pytester)} == {*refined(pytester, "--synth-refine", "none")} == {"zero_shot"}
