"""Scores trained again agree within what seeds scatter, and exactly where nothing differs."""

from dataclasses import replace

import pytest

import bundles
from synthworth.core.result import pack
from synthworth.measures import metrics
from synthworth.pipeline.dataset import load
from synthworth.pipeline.replay import suites_in
from synthworth.submission.bundle import read
from synthworth.submission.folder import load as load_folder
from synthworth.submission.rescoring import TaskWithData
from synthworth.submission.retraining import LARGEST, machine_of, trained_again
from synthworth.training.recipes import Predicted
from synthworth.training.scheduler import Predictions, Training

ENCODER = "minilm"


class Predetermined:
    """Predicts so many test rows right in place of training, as `right` says for each seed."""

    ahead = True

    def __init__(self, known, right):
        self.known, self.right, self.asked = known, right, []

    def submit(self, cell, keep):
        self.asked.append((cell.name, cell.seed))
        return lambda: Predicted(labels_of(self.known, self.right(cell.seed)), 60)

    def close(self):
        pass


def labels_of(known, right):
    """Predictions of 120 rows, the first `right` of each label right."""
    other = {"good": "bad", "bad": "good"}
    found, seen = [], {"good": 0, "bad": 0}
    for example in known.data.test:
        found.append(example.label if seen[example.label] < right else other[example.label])
        seen[example.label] += 1
    return tuple(found)


@pytest.fixture(scope="module")
def known(submitted):
    suites = suites_in([submitted.project / "suites"])
    folder = str(submitted.project / "mirror")
    return {s.task.name: TaskWithData(s.task, load(s.task, folder, submitted.project)) for s in suites}


def rescored(result, known, right):
    """The result of an encoder that has so many rows of each label right."""
    counts = known.confusion(labels_of(known, right))
    numbers = [result.labels.index(label) for label in labels_of(known, right)]
    return replace(
        result,
        classifier=ENCODER,
        macro_f1=round(float(metrics.macro_f1(counts)), 6),
        confusion=counts.tolist(),
        predicted=pack(numbers, 2),
    )


def repeated(submitted, known, *, right, reference_right=None, seeds=1, machine="another", **reference_of):
    """What training again gives: rows right by seed in the bundle, and in the reference and here, 40 and the seed."""
    found = read(load_folder(submitted.bundle))
    mine = [one for one in found.results if one.classifier == "tfidf"]
    results = [rescored(one, known[one.task], right(one.training_seed)) for one in mine]
    methods = reference_of.pop("methods", ("real", "few_shot", "zero_shot", "another"))
    truth = reference_right or (lambda seed: 40 + seed)
    reference = [
        replace(rescored(one, known[one.task], truth(one.training_seed)), method=method, **reference_of)
        for one in mine
        for method in methods
    ]
    versions = replace(found.versions, machines={ENCODER: machine})
    executor = Predetermined(known["notes"], truth)
    done = trained_again(
        replace(found, results=results, versions=versions),
        known,
        Training(executor, Predictions(None)),
        reference,
        classifiers=[ENCODER],
        seeds=seeds,
    )
    return {one.task: one for one in done}, executor


def test_what_scatters_as_seeds_do_agrees(submitted, known):
    found, _ = repeated(submitted, known, right=lambda seed: 41 + seed)
    assert [one.problem for one in found.values()] == ["", "", ""]
    assert 0 < found["notes"].tolerance < 0.9


def test_the_mean_over_tasks_is_compared_too_and_more_narrowly(submitted, known):
    found, _ = repeated(submitted, known, right=lambda seed: 41 + seed)
    assert set(found) == {"letters", "notes", ""}
    assert found[""].tolerance < found["notes"].tolerance


def test_a_score_beyond_the_tolerance_is_a_problem_that_names_both(submitted, known):
    found, _ = repeated(submitted, known, right=lambda seed: 59, seeds=2)
    assert found[""].problem.startswith(
        "mean of the tasks, generation seed 0, minilm: Macro-F1 0.983 in the bundle, 0.6"
    )
    assert "they may differ by 0." in found[""].problem


def test_on_an_equal_machine_one_row_that_differs_is_a_problem(submitted, known):
    found, _ = repeated(submitted, known, right=lambda seed: 41 + seed, machine=machine_of(ENCODER))
    assert set(found) == {"letters", "notes"}
    assert found["notes"].tolerance is None
    assert "2 test rows are predicted otherwise, where equal predictions are expected" in found["notes"].problem


def test_on_an_equal_machine_equal_predictions_are_no_problem(submitted, known):
    found, _ = repeated(submitted, known, right=lambda seed: 40 + seed, machine=machine_of(ENCODER))
    assert [(one.differing, one.problem) for one in found.values()] == [(0, ""), (0, "")]


def test_by_default_one_seed_of_each_text_set_is_trained(submitted, known):
    _, executor = repeated(submitted, known, right=lambda seed: 41)
    assert sorted(executor.asked) == [("letters/minilm", 0), ("notes/minilm", 0)]


def test_more_seeds_are_trained_where_they_are_asked_for_and_narrow_the_tolerance(submitted, known):
    one, _ = repeated(submitted, known, right=lambda seed: 41 + seed)
    two, executor = repeated(submitted, known, right=lambda seed: 41 + seed, seeds=2)
    assert len(executor.asked) == 4
    assert two["notes"].tolerance < one["notes"].tolerance


def test_the_bundle_s_own_seeds_do_not_widen_its_tolerance(submitted, known):
    calm, _ = repeated(submitted, known, right=lambda seed: 41)
    wild, _ = repeated(submitted, known, right=lambda seed: (10, 59)[seed])
    assert wild["notes"].tolerance == calm["notes"].tolerance


def test_without_any_reference_of_two_seeds_no_agreement_is_claimed(submitted, known):
    found = read(load_folder(submitted.bundle))
    results = [rescored(one, known[one.task], 40) for one in found.results if one.classifier == "tfidf"]
    versions = replace(found.versions, machines={})
    executor = Predetermined(known["notes"], lambda seed: 40)
    done = trained_again(
        replace(found, results=results, versions=versions),
        known,
        Training(executor, Predictions(None)),
        [],
        classifiers=[ENCODER],
        seeds=1,
    )
    assert all("the tolerance is not known: give --reference results of several" in one.problem for one in done)


def test_a_tolerance_that_would_let_anything_pass_is_a_problem(submitted, known):
    """Two seeds trained here, and no reference: one degree of freedom, and a quantile of hundreds."""
    found, _ = repeated(submitted, known, right=lambda seed: 41 + seed, seeds=2, methods=())
    assert found["notes"].tolerance > LARGEST
    assert f"would be {found['notes'].tolerance:.2f}, and tells nothing" in found["notes"].problem


def test_seeds_on_other_real_texts_of_the_task_are_a_reference_where_there_are_none_on_the_same(submitted, known):
    elsewhere, _ = repeated(submitted, known, right=lambda seed: 41 + seed, data="hub")
    here, _ = repeated(submitted, known, right=lambda seed: 41 + seed)
    assert elsewhere["notes"].tolerance == here["notes"].tolerance


def test_a_floor_is_exact_on_every_machine(submitted, known):
    assert bundles.CLASSIFIERS == ("majority", "tfidf")
    found = read(load_folder(submitted.bundle))
    found = replace(found, versions=replace(found.versions, machines={}))
    executor = Predetermined(known["notes"], lambda seed: 40)
    done = trained_again(
        found, known, Training(executor, Predictions(None)), submitted.results, classifiers=["tfidf"], seeds=1
    )
    assert {one.tolerance for one in done} == {None}
    assert all(one.differing and one.problem for one in done)
