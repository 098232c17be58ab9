"""The study says what its evidence says, and names what is missing with the command that makes it."""

import csv
import random
from dataclasses import replace
from statistics import fmean

import numpy as np
import pytest
from scipy.stats import binomtest

import toys
from judges import paired_difference_of_means
from synthworth.core.result import pack
from synthworth.core.task import Example
from synthworth.gate.comparison import score_change
from synthworth.leaderboard import Context, leaderboards
from synthworth.leaderboard.learning_curve import worth_in_words
from synthworth.measures.metrics import accuracy, confusion, macro_f1
from synthworth.measures.statistics import Worth, interval_of, mcnemar
from synthworth.pipeline.dataset import Data
from synthworth.study import Evidence, figures_of, tables_of, verdicts_of
from synthworth.study.claims import WITHHELD, Conditions
from synthworth.study.claims.accuracy_by_agreement import curve
from synthworth.study.figures import draw
from synthworth.study.figures.numbers import pairs
from synthworth.subjectivity.agreement import AgreementEstimate
from synthworth.subjectivity.ranking import Subjectivity
from synthworth.subjectivity.sources import TaskAgreement

LABELS = ("good", "bad")
TASKS = ("apples", "pears", "plums", "quinces")
ROWS = 120
CONDITIONS = Conditions(data="mirror", classifier="minilm", per_label=100)
RIGHT = {"real": 0.9, "few_shot": 0.8, "zero_shot": 0.7, "real10+few_shot": 0.85}


def data_of(task):
    test = tuple(Example(id=f"{task}-{i}", text=f"text {i}", label=LABELS[i % 2]) for i in range(ROWS))
    return Data(source="mirror", version=f"data of {task}", train=(), test=test)


def result_of(task, method, seed, *, per_label=100, classifier="minilm", right=None):
    """A result whose classifier is right on a share of the rows, drawn by its own seed."""
    chance = random.Random(f"{task}{method}{seed}{per_label}{classifier}")
    true = [LABELS[i % 2] for i in range(ROWS)]
    share = RIGHT[method] if right is None else right
    found = [label if chance.random() < share else LABELS[label == "good"] for label in true]
    counts = confusion(true, found, LABELS)
    score = float(macro_f1(counts))
    return toys.result(
        task=task,
        data_version=f"data of {task}",
        method=method,
        generator="" if method == "real" else "smollm2-135m",
        demonstrations="pool" if method == "few_shot" else "",
        train_version=f"{method} of {task}",
        classifier=classifier,
        per_label=per_label,
        training_seed=seed,
        test_rows=ROWS,
        confusion=counts.tolist(),
        macro_f1=score,
        macro_f1_low=max(0.0, score - 0.1),
        macro_f1_high=min(1.0, score + 0.1),
        accuracy=float(accuracy(counts)),
        predicted=pack([LABELS.index(label) for label in found], 2),
    )


def quality_of(task, method, clique):
    return toys.quality(
        task=task,
        data_version=f"data of {task}",
        method=method,
        train_version=f"{method} of {task}",
        measures=dict.fromkeys(
            ("remote_clique", "chamfer", "vendi_score", "distinct_2", "self_bleu", "vocabulary_size", "similarity"),
            (clique, clique - 0.01, clique + 0.01),
        ),
        leaked_rows=(0, 1, 2),
    )


def evidence_of(**changed):
    """Four tasks, all that the study can ask for, three seeds each."""
    results = [result_of(task, method, seed) for task in TASKS for method in RIGHT for seed in range(3)] + [
        result_of(task, "real", seed, per_label=10, right=0.75) for task in TASKS for seed in range(3)
    ]
    given = {
        "tasks": {name: toys.task(name=name) for name in TASKS},
        "results": results,
        "conditions": CONDITIONS,
        "quality": [
            quality_of(task, method, clique)
            for task in TASKS
            for method, clique in (("real", 0.9), ("few_shot", 0.8), ("zero_shot", 0.6))
        ],
        "data": {task: data_of(task) for task in TASKS},
        "rated": {
            "pears": TaskAgreement(
                task="pears",
                agreement={f"pears-{i}": (0.6, 0.8, 1.0)[i % 3] for i in range(ROWS)},
                source="votes in pears.csv",
                mean=AgreementEstimate(0.8, 0.75, 0.85, ROWS),
                alpha=AgreementEstimate(0.4, 0.3, 0.5, ROWS),
            )
        },
        "subjectivity": {
            task: Subjectivity(task, float(i), i - 0.5, i + 0.5, "3 people", 9) for i, task in enumerate(TASKS)
        },
    }
    return Evidence(**given | changed)


def redrawn(result, generation_seed):
    """What might come of another draw of the texts."""
    other = result_of(result.task, result.method, f"{generation_seed} {result.training_seed}")
    changed = {name: getattr(other, name) for name in ("predicted", "confusion", "macro_f1", "accuracy")}
    texts = f"{result.train_version}, draw {generation_seed}"
    return replace(result, generation_seed=generation_seed, train_version=texts, **changed)


def two_draws(results, *, seeds=(0, 1, 2)):
    """The results and those of a second draw of the texts, of these training seeds."""
    return [*results, *(redrawn(r, 1) for r in results if r.training_seed in seeds)]


@pytest.fixture(scope="module")
def evidence():
    return evidence_of()


@pytest.fixture(scope="module")
def figures(evidence):
    return {figure.name: figure for figure in figures_of(evidence)[0]}


@pytest.fixture(scope="module")
def tables(evidence):
    return {table.name: table for table in tables_of(evidence)[0]}


# ---- figures


def test_every_figure_of_the_study_is_drawn_where_its_evidence_is_there(evidence, figures, tmp_path):
    assert sorted(figures) == ["agreement", "diversity", "drop", "learning_curves", "scores", "similarity", "worth"]
    assert figures_of(evidence)[1] == []
    drawn = draw(list(figures.values()), tmp_path)
    assert sorted(path.suffix for path in drawn) == sorted([".csv", ".png", ".svg"] * len(figures))
    with (tmp_path / "scores.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == len(TASKS) * len(RIGHT)


def test_a_score_is_the_mean_of_its_seeds_within_its_interval(evidence, figures):
    point = next(m for m in figures["scores"].macro_f1["minilm"] if (m.task, m.method) == ("pears", "few_shot"))
    assert point.value == pytest.approx(fmean(r.macro_f1 for r in evidence.results_for("pears", "few_shot")))
    assert 0 <= point.low < point.value < point.high <= 1


def test_the_curve_against_agreement_is_that_of_the_predictions(evidence, figures):
    (drawn,) = (c for c in figures["agreement"].curves if c.method == "zero_shot")
    right = [
        dict(
            zip(
                (e.id for e in evidence.data["pears"].test),
                (e.label == p for e, p in zip(evidence.data["pears"].test, r.predictions, strict=True)),
                strict=True,
            )
        )
        for r in evidence.results_for("pears", "zero_shot")
    ]
    judge = curve(evidence.rated["pears"].agreement, right)
    assert [(p.threshold, p.accuracy, p.n) for p in drawn.points] == [
        (p.threshold, p.accuracy, p.n) for p in judge.points
    ]
    assert "votes in pears.csv" in figures["agreement"].note


def test_a_drop_has_the_paired_interval_of_its_predictions(evidence, figures):
    point = next(d for d in figures["drop"].drops if (d.task, d.method) == ("plums", "few_shot"))
    true = [example.label for example in evidence.data["plums"].test]
    sides = [[r.predictions for r in evidence.results_for("plums", method)] for method in ("real", "few_shot")]
    judge = paired_difference_of_means(true, *sides, LABELS, macro_f1)
    assert (point.drop, point.drop_low, point.drop_high) == pytest.approx(judge[:3], abs=2e-3)  # of other resamples


def test_a_drop_over_several_draws_of_the_texts_is_known_as_well_as_the_draws_are(evidence):
    """Three trainings on each of two draws are two numbers a side, not six: the gate says the same."""
    found = [r for r in evidence.results if (r.task, r.classifier, r.per_label) == ("plums", "minilm", 100)]
    drawn = [redrawn(r, seed) for r in found for seed in (0, 1)]
    several = evidence_of(results=drawn)
    sides = [several.results_for("plums", method) for method in ("real", "few_shot")]
    assert [len(side) for side in sides] == [6, 6]
    found = several.cell("plums", "few_shot").drop
    judge = score_change(
        several.true("plums"),
        LABELS,
        *(
            {g: {r.training_seed: r.predictions for r in side if r.generation_seed == g} for g in (0, 1)}
            for side in sides
        ),
        resamples=10_000,
    )
    assert found.value == pytest.approx(judge.before - judge.after)
    low, high = interval_of(found.value, judge.variance)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-3)  # of other resamples


def test_every_number_of_table_and_figures_is_the_leaderboards_with_its_interval(tmp_path):
    """Of unequal numbers of draws and seeds: two draws of one method, one of another, and one seed in the second."""
    kept = evidence_of().results
    more = two_draws([r for r in kept if r.method in ("real", "few_shot")], seeds=(0,))
    evidence = evidence_of(results=[*more, *(r for r in kept if r.method not in ("real", "few_shot"))])
    gold = {(task, data.version): [example.label for example in data.test] for task, data in evidence.data.items()}
    (board,) = leaderboards(evidence.results, Context(gold=gold))
    rows = {(r.task, r.method, r.classifier, r.per_label): r for r in board.rows}
    (table,) = [one for one in tables_of(evidence)[0] if one.name == "table1_scores"]
    for task, classifier, method, score, right, drop, _, draws, results in table.rows:
        row = rows[task, method, classifier, "100"]
        assert score == f"{row.macro_f1:.3f} ({row.low:.3f} to {row.high:.3f})"
        assert right == f"{row.accuracy:.3f}"
        assert drop == ("" if row.drop is None else f"{row.drop:.3f} ({row.drop_low:.3f} to {row.drop_high:.3f})")
        assert (draws, results) == ("one draw" if row.draws == 1 else str(row.draws), str(row.seeds))
        assert (draws == "one draw") == ("one draw" in row.remarks.split("; "))
    figures = {figure.name: figure for figure in figures_of(evidence)[0]}
    for point in figures["scores"].macro_f1["minilm"]:
        row = rows[point.task, point.method, "minilm", "100"]
        assert (point.value, point.low, point.high) == (row.macro_f1, row.low, row.high)
    for point in figures["drop"].drops:
        row = rows[point.task, point.method, "minilm", "100"]
        assert (point.drop, point.drop_low, point.drop_high) == (row.drop, row.drop_low, row.drop_high)
    for point in figures["learning_curves"].points:
        row = rows[point.task, point.method, "minilm", str(point.per_label)]
        assert (point.value, point.low, point.high) == (row.macro_f1, row.low, row.high)
        numbers = [point.worth, point.worth_low, point.worth_high]
        assert point.worth is None or worth_in_words(Worth(*numbers, least=10, most=100)) == row.worth
    assert {row.draws for row in rows.values()} == {1, 2}


def test_the_largest_set_alone_has_a_worth_in_real_texts(figures):
    worths = {(p.method, p.per_label): p.worth for p in figures["learning_curves"].points if p.task == "apples"}
    assert worths[("real", 10)] is worths[("real", 100)] is None
    assert worths[("zero_shot", 100)] is not None


@pytest.mark.parametrize(
    ("changed", "figure", "told"),
    [
        ({"quality": ()}, "diversity", "make it with: synthworth measure"),
        ({"rated": {}}, "agreement", "give --votes and --data"),
        ({"data": {}}, "agreement", "give --votes and --data"),
        ({"subjectivity": {}}, "drop", "compare tasks with: synthworth compare"),
        (
            {"results": []},
            "scores",
            "pytest suites --synth-classifier minilm --synth-per-label 100 --synth-results results.jsonl",
        ),
    ],
)
def test_a_figure_without_its_evidence_is_left_out_and_says_what_makes_it(changed, figure, told):
    drawn, left_out = figures_of(evidence_of(**changed))
    assert figure not in [found.name for found in drawn]
    assert any(told in line for line in left_out)
    assert not any("\n" in line for line in left_out)


# ---- tables


def test_methods_are_compared_pair_by_pair_on_their_first_seed_and_holm_is_over_all(evidence, tables):
    rows = {tuple(row[:2]): row for row in tables["paired"].rows}
    assert len(rows) == len(TASKS) * 6  # of four methods
    one, other = (evidence.results_for("plums", method)[0].predictions for method in ("real", "zero_shot"))
    true = evidence.true("plums")
    only = [sum(a == t != b for t, a, b in zip(true, *pair, strict=True)) for pair in ((one, other), (other, one))]
    row = rows["plums", "real - zero_shot"]
    assert row[5] == f"{only[0]}, {only[1]}"
    assert float(row[6]) == pytest.approx(binomtest(only[0], sum(only)).pvalue, rel=0.05)
    p = [
        mcnemar(evidence.true(task), *(evidence.results_for(task, m)[0].predictions for m in pair.split(" - "))).p
        for task, pair in rows
    ]
    falling = sorted(range(len(p)), key=p.__getitem__)
    steps = np.maximum.accumulate([min(1.0, p[i] * (len(p) - n)) for n, i in enumerate(falling)])
    judge = dict(zip(falling, steps, strict=True))
    assert [float(row[7]) for row in rows.values()] == pytest.approx([judge[i] for i in range(len(p))], rel=0.06)


def test_a_classifier_without_seeds_has_the_variance_of_its_rows_alone():
    results = [
        replace(result_of(task, method, 0, classifier="tfidf"), training_seed=seed)
        for task in TASKS
        for method in ("real", "few_shot")
        for seed in range(3)
    ]
    evidence = evidence_of(results=results, conditions=replace(CONDITIONS, classifier="tfidf"))
    (table,) = (table for table in tables_of(evidence)[0] if table.name == "variance")
    row = dict(zip(table.header, table.rows[0], strict=True))
    assert (row["training seeds"], row["seeds"]) == ("0.0", "1 x 3")
    assert float(row["detectable difference"]) == pytest.approx(2.8 * 2**0.5 * float(row["test rows"]) / 1000, rel=0.02)


def test_a_task_without_a_method_leaves_the_mean_of_the_others():
    results = [r for r in evidence_of().results if (r.task, r.method) != ("pears", "few_shot")]
    (table,) = (table for table in tables_of(evidence_of(results=results))[0] if table.name == "variance")
    assert [row[0] for row in table.rows if row[1] in ("real", "few_shot") and "mean" in row[0]] == [
        "mean of 4",
        "mean of 3",
    ]


def test_results_of_several_versions_of_the_data_are_told_and_not_averaged():
    results = [r for r in evidence_of().results if r.method == "real"]
    both = evidence_of(data={}, results=[*results, *(replace(r, data_version="another") for r in results)])
    told = "results of apples are of several versions of its data, another, data of apples; name one with --data"
    for made, left_out in (figures_of(both), tables_of(both)):
        assert {one.name for one in made} <= {"prompts", "table2_agreement"}  # which rest on no result
        assert told in left_out
    apart = [replace(r, data_version="another") if r.method == "zero_shot" else r for r in evidence_of().results]
    assert told in tables_of(evidence_of(data={}, results=apart))[1]


def test_texts_of_an_unnamed_generator_are_not_counted_for_another():
    nobody = [replace(result_of(task, "data-texts", 0, right=0.6), generator="", demonstrations="") for task in TASKS]
    made, _ = tables_of(evidence_of(results=[*evidence_of().results, *nobody]))
    (table,) = (one for one in made if one.name == "generators")
    assert {row[0] for row in table.rows if row[1] != "data-texts"} == {"smollm2-135m"}
    assert [row[0] for row in table.rows if row[1] == "data-texts"] == ["not named"]


def test_a_mean_agreement_that_is_a_lower_bound_says_so(evidence):
    bound = replace(evidence, rated={"pears": replace(evidence.rated["pears"], at_least=True)})
    (table,) = (table for table in tables_of(bound)[0] if table.name == "table2_agreement")
    assert table.rows[0][1] == "at least 0.800 (0.750 to 0.850)"


def test_further_draws_of_the_texts_are_in_the_variance_and_in_every_table_of_scores(evidence, tables):
    drawn = two_draws([r for r in evidence.results if (r.classifier, r.per_label) == ("minilm", 100)])
    found = {table.name: table for table in tables_of(replace(evidence, results=drawn))[0]}
    header = found["variance"].header
    of = {tuple(row[:2]): dict(zip(header, row, strict=True)) for row in found["variance"].rows}
    assert of["apples", "few_shot"]["seeds"] == "2 x 3"
    assert of["mean of 4", "few_shot"]["seeds"] == "2 x 3"
    assert {row["generation seeds"] for row in of.values()} != {"unknown"}
    before = {tuple(row[:2]): dict(zip(header, row, strict=True)) for row in tables["variance"].rows}
    assert {row["generation seeds"] for row in before.values()} == {"unknown"}
    assert float(of["mean of 4", "few_shot"]["detectable difference"]) > 0
    for name, draws in ((found, "2"), (tables, "one draw")):
        table = name["table1_scores"]
        assert {row[table.header.index("draws")] for row in table.rows} == {draws}


def test_tables_and_figures_say_what_has_one_draw_and_that_no_order_follows(evidence, figures, tables):
    for name in ("table1_scores", "augmentation"):
        assert "no order of methods" in tables[name].note
    assert {row[tables["generators"].header.index("draws")] for row in tables["generators"].rows} == {"one draw"}
    assert "no order of generators or methods" in tables["generators"].note
    told = "One draw, about these very texts, no order follows: "
    assert (
        figures["scores"].note
        == f"{told}real of minilm, few_shot of minilm, zero_shot of minilm, real10+few_shot of minilm"
    )
    assert all(told in figures[name].note for name in figures)
    both = two_draws([r for r in evidence.results if r.method != "zero_shot"])
    again = evidence_of(results=[*both, *(r for r in evidence.results if r.method == "zero_shot")])
    (scores,) = [figure for figure in figures_of(again)[0] if figure.name == "scores"]
    assert scores.note == f"{told}zero_shot of minilm"


def test_measures_of_several_draws_are_averaged_and_suspects_are_told_of_each(evidence):
    results = two_draws([r for r in evidence.results if (r.classifier, r.per_label) == ("minilm", 100)])
    second = [
        replace(q, generation_seed=1, train_version=f"{q.train_version}, draw 1", leaked_rows=(5,))
        for q in evidence.quality
    ]
    shifted = [replace(q, measures={n: (m.value + 0.1, m.low, m.high) for n, m in q.measures.items()}) for q in second]
    several = replace(evidence, results=results, quality=[*evidence.quality, *shifted])
    tables = {table.name: table for table in tables_of(several)[0]}
    row = next(row for row in tables["texts"].rows if row[:2] == ["apples", "few_shot"])
    assert row[3:5] == ["2", "0.850 (0.790 to 0.810)"]
    suspects = [row for row in tables["leaks"].rows if row[:2] == ["apples", "few_shot"]]
    assert [(row[2], row[6]) for row in suspects] == [("0", "3"), ("1", "1")]
    assert suspects[0][7] != suspects[1][7]
    before = {tuple(row[:3]): row for row in tables_of(evidence)[0][9].rows}
    for row in tables["label_quality"].rows:
        assert int(row[4]) == 2 * int(before[tuple(row[:3])][4])
    points = {
        (m.task, m.method): m for figure in figures_of(several)[0] if figure.name == "diversity" for m in figure.chamfer
    }
    assert points["apples", "few_shot"].value == pytest.approx(0.85)


def test_every_table_of_the_study_is_made_where_its_evidence_is_there(evidence, tables):
    assert list(tables) == [
        "table1_scores",
        "paired",
        "table2_agreement",
        "generators",
        "augmentation",
        "prompts",
        "claims",
        "texts",
        "leaks",
        "label_quality",
        "variance",
    ]
    assert tables_of(evidence)[1] == []


def test_every_row_of_a_table_has_a_cell_for_each_header(tables):
    for table in tables.values():
        assert {len(row) for row in table.rows} == {len(table.header)} == {len(set(table.header))}
        assert len(table.csv().splitlines()) == len(table.rows) + 1
        assert table.markdown().startswith(f"### {table.title}")


def test_no_table_takes_the_file_of_a_figure(figures, tables):
    assert set(figures).isdisjoint(tables)


def test_a_wide_table_is_not_padded(tables):
    wide = replace(tables["prompts"], rows=[["a", "b", "long " * 60], ["c", "d", "short"]])
    assert "| short |" in wide.markdown()


def test_a_cell_with_a_bar_stays_one_cell_of_markdown(tables):
    barred = replace(tables["prompts"], rows=[["a", "b", "this | that"]])
    assert r"this \| that" in barred.markdown()


def test_the_first_table_has_the_mean_and_the_drop_of_each_method(evidence, tables):
    row = next(r for r in tables["table1_scores"].rows if r[0] == "pears" and r[2] == "zero_shot")
    means = {m: fmean(r.macro_f1 for r in evidence.results_for("pears", m)) for m in ("real", "zero_shot")}
    assert row[3].startswith(f"{means['zero_shot']:.3f} (")
    assert row[5].startswith(f"{means['real'] - means['zero_shot']:.3f} (")
    assert row[6] == "1.00"


def test_the_score_without_suspect_rows_is_that_of_the_other_rows(evidence, tables):
    row = next(r for r in tables["leaks"].rows if r[:2] == ["apples", "few_shot"])
    true = [example.label for example in evidence.data["apples"].test][3:]
    clean = [macro_f1(confusion(true, r.predictions[3:], LABELS)) for r in evidence.results_for("apples", "few_shot")]
    assert row[-3:] == [f"{np.mean(clean):.3f}", "", ""]
    assert row[2:4] == ["0", "1.5%"]
    retrained = [replace(q, trained_with=0.75, trained_without=0.71) for q in evidence.quality]
    (again,) = (t for t in tables_of(replace(evidence, quality=retrained))[0] if t.name == "leaks")
    assert again.rows[0][-2:] == ["0.750", "0.710"]


def test_the_gain_of_both_is_against_the_small_real_set(evidence, tables):
    row = next(r for r in tables["augmentation"].rows if r[0] == "plums")
    both, small = evidence.results_for("plums", "real10+few_shot"), evidence.results_for("plums", "real", per_label=10)
    gain = fmean(r.macro_f1 for r in both) - fmean(r.macro_f1 for r in small)
    assert row[1:3] == ["10", "few_shot"]
    assert row[-2].startswith(f"{gain:.3f} (")


def test_a_table_without_its_evidence_is_left_out_and_says_what_makes_it():
    made, left_out = tables_of(evidence_of(quality=(), rated={}))
    assert {"texts", "leaks", "label_quality", "table2_agreement"}.isdisjoint(table.name for table in made)
    assert any("--votes DIR" in line for line in left_out)


# ---- claims


def test_all_claims_are_judged_as_one_family(evidence):
    drawn = evidence_of(results=two_draws(evidence.results))
    found, left_out = verdicts_of(drawn)
    assert left_out == {}
    assert {verdict.family for verdict in found} == {len(found)}
    assert len(found) == 2 + 2 + 2 + 6 + 1 + 1


def test_claims_about_methods_of_one_draw_are_withheld_and_those_about_texts_are_of_these_texts(evidence):
    found = {verdict.claim: verdict for verdict in verdicts_of(evidence)[0]}
    about_texts = {claim for claim, verdict in found.items() if verdict.about_texts}
    assert {claim.partition(":")[0] for claim in about_texts} == {
        "remote clique",
        "chamfer",
        "few_shot texts are more similar to real ones than zero_shot texts, on average over tasks",
    }
    assert {verdict.verdict for claim, verdict in found.items() if claim not in about_texts} == {WITHHELD}
    assert found["real >= few_shot on average over tasks"].remarks == "one draw of real, few_shot"
    assert {verdict.family for claim, verdict in found.items() if claim in about_texts} == {len(about_texts)}


def test_a_claim_counts_the_draws_of_the_sets_that_it_compares_on_the_task_with_the_fewest(evidence):
    kept = [r for r in evidence.results if r.method != "zero_shot"]
    several = two_draws([r for r in kept if (r.task, r.method) != ("plums", "few_shot")], seeds=(0,))
    rest = [r for r in evidence.results if r.method == "zero_shot" or (r.task, r.method) == ("plums", "few_shot")]
    found = {v.claim: v for v in verdicts_of(evidence_of(results=[*several, *rest]))[0]}
    first, second = (f"{pair} on average over tasks" for pair in ("real >= few_shot", "few_shot >= zero_shot"))
    assert (found[first].one_draw, found[second].one_draw) == ("few_shot", "few_shot, zero_shot")
    mixing = found["real10+few_shot is less than 0.01 better than real alone on average over tasks"]
    assert (mixing.draws, mixing.one_draw, mixing.verdict == WITHHELD) == (2, "", False)
    rises = {claim: verdict.one_draw for claim, verdict in found.items() if claim.startswith("pears")}
    assert rises == dict.fromkeys(rises, "zero_shot")


def test_the_verdicts_do_not_depend_on_the_order_of_results_or_measures(evidence):
    drawn = two_draws(evidence.results)
    backwards = evidence_of(results=drawn[::-1], quality=evidence.quality[::-1])
    assert verdicts_of(backwards) == verdicts_of(evidence_of(results=drawn))


def test_a_diversity_stands_beside_distinct_2_and_fidelity_and_that_of_real_texts_is_the_judges(evidence):
    judged = [
        replace(
            q,
            disagreement=((9, 1), (2, 8)) if q.method == "few_shot" else (),
            judge_error=0.125 if q.method == "few_shot" else None,
        )
        for q in evidence.quality
    ]
    several = replace(evidence, quality=judged)
    assert several.measures("apples", "few_shot", "label fidelity") == [pytest.approx(0.85)]
    assert several.measures("apples", "real", "label fidelity") == [pytest.approx(0.875)]
    found = next(v for v in verdicts_of(evidence)[0] if v.claim == "chamfer: real > few_shot on average over tasks")
    assert [beside.measure for beside in found.beside] == ["remote clique", "distinct-2", "label fidelity"]
    bare = next(v for v in verdicts_of(several)[0] if v.claim == found.claim)
    assert [beside.measure for beside in bare.beside] == ["remote clique", "distinct-2"]
    assert bare.note == "not measured: label fidelity"


def test_a_claim_without_its_evidence_is_named_by_its_kind():
    _, left_out = verdicts_of(evidence_of(subjectivity={}, rated={}, quality=()))
    assert sorted(left_out) == ["diversities", "drops", "rises", "similarities"]


def test_the_studys_task_is_asked_alone_whether_mixing_helps():
    tasks = ("apples", "relation")
    results = [r for t in tasks for m in RIGHT for s in range(3) for r in [result_of(t, m, s)]]
    results += [result_of(t, "real", s, per_label=10, right=0.75) for t in tasks for s in range(3)]
    found, _ = verdicts_of(
        evidence_of(
            tasks={name: toys.task(name=name) for name in tasks},
            results=results,
            data={task: data_of(task) for task in tasks},
        )
    )
    assert any(verdict.claim.startswith("relation: mixed is less than") for verdict in found)


def test_what_one_series_lacks_costs_the_others_no_claim():
    """As if a raised error took with it what was found before, and hid what would be found after."""
    odd = of_files("data-gpt", train_rows=150)
    found, left_out = verdicts_of(evidence_of(results=[*odd, *evidence_of().results]))
    assert "real and data-gpt were trained on different numbers of texts" in left_out["order"]
    assert "few_shot >= zero_shot on average over tasks" in {verdict.claim for verdict in found}


def test_the_free_alternatives_are_no_written_texts_that_the_study_claims_anything_about():
    free = [
        replace(result_of(task, "labels", seed, right=0.6), generator="", demonstrations="")
        for task in TASKS
        for seed in range(3)
    ]
    evidence = evidence_of(results=[*evidence_of().results, *free])
    assert "labels" in evidence.methods
    assert not any("labels" in verdict.claim for verdict in verdicts_of(evidence)[0])
    table = tables_of(evidence)[0][0]
    assert {row[7] for row in table.rows if row[2] == "labels"} == {"none to make"}


# ---- evidence


def test_results_of_an_older_version_of_the_data_do_not_count(evidence):
    old = replace(evidence.results[0], data_version="older", training_seed=7)
    assert old not in evidence_of(results=[*evidence.results, old]).results_for(old.task, old.method)


def test_rows_count_jointly_where_predictions_are_at_hand(evidence):
    found = evidence.results_for("apples", "real")
    apart = evidence_of(data={}).split(found)
    joint = evidence.split(found)
    assert joint.test_rows < apart.test_rows
    assert joint.mean == apart.mean


# ---- series and their roles


def of_files(method, generator="", **changed):
    """Results of texts from files, which carry the name of their generator or none."""
    return [
        replace(result_of(task, method, seed, right=0.6), generator=generator, demonstrations="", **changed)
        for task in TASKS
        for seed in range(3)
    ]


def real_results():
    return [r for r in evidence_of().results if r.method == "real"]


def claims_of(evidence):
    return {verdict.claim: verdict for verdict in verdicts_of(evidence)[0]}


def test_texts_of_files_are_drawn_and_judged_without_naming_a_generator():
    results = [*real_results(), *of_files("data-gpt", "gpt-4"), *of_files("data-llama")]
    quality = [quality_of(task, method, 0.5) for task in TASKS for method in ("real", "data-gpt", "data-llama")]
    evidence = evidence_of(results=results, quality=quality)
    assert evidence.methods == ["real", "data-gpt", "data-llama"]
    figures, left_out = figures_of(evidence)
    assert left_out == []
    assert {figure.name for figure in figures if ("apples", "data-gpt") in pairs(figure)} >= {"scores", "drop"}
    claims = claims_of(evidence)
    for name in ("data-gpt", "data-llama"):
        assert f"real >= {name} on average over tasks" in claims
        assert f"the drop of {name} against real grows with the subjectivity of the task" in claims
        assert f"chamfer: real > {name} on average over tasks" in claims
    rises = [v.note for v in verdicts_of(evidence)[0] if "rises with agreement" in v.claim]
    assert rises == ["synthetic: data-gpt", "synthetic: data-llama"]


def test_one_method_of_several_generators_is_a_series_and_a_set_of_claims_for_each():
    other = [replace(r, generator="qwen") for r in evidence_of().results if r.method in ("few_shot", "zero_shot")]
    evidence = evidence_of(results=[*evidence_of().results, *other])
    assert evidence.methods[:3] == ["real", "few_shot, qwen", "few_shot, smollm2-135m"]
    assert len(evidence.results_for("apples", "few_shot, qwen")) == 3
    claims = claims_of(evidence)
    assert "few_shot, qwen >= zero_shot, qwen on average over tasks" in claims
    assert "few_shot, smollm2-135m >= zero_shot, smollm2-135m on average over tasks" in claims
    named = replace(evidence, conditions=replace(CONDITIONS, generator="qwen"))
    assert named.methods == ["real", "few_shot", "zero_shot"]


def test_real_demonstrations_make_another_series():
    other = [replace(r, demonstrations="real") for r in evidence_of().results if r.method == "few_shot"]
    evidence = evidence_of(results=[*evidence_of().results, *other])
    assert "few_shot (real examples)" in evidence.methods
    claims = claims_of(evidence)
    assert "real >= few_shot (real examples) on average over tasks" in claims
    assert "few_shot >= zero_shot on average over tasks" in claims  # of the pool's demonstrations


def test_the_two_methods_of_the_papers_protocol_are_asked_together():
    names = {"few_shot": "li2023_few_shot", "zero_shot": "li2023_zero_shot"}
    paper = [replace(r, method=names[r.method]) for r in evidence_of().results if r.method in names]
    claims = claims_of(evidence_of(results=[*evidence_of().results, *paper]))
    assert "li2023_few_shot >= li2023_zero_shot on average over tasks" in claims
    assert "few_shot >= zero_shot on average over tasks" in claims


def test_the_user_may_say_which_series_was_written_with_examples_and_which_without():
    conditions = replace(CONDITIONS, with_examples="data-shown", without_examples="data-bare")
    results = [*real_results(), *of_files("data-bare"), *of_files("data-shown")]
    assert "data-shown >= data-bare on average over tasks" in claims_of(
        evidence_of(results=results, conditions=conditions)
    )


def test_no_drop_is_told_between_unequal_sizes_and_the_reason_is():
    evidence = evidence_of(results=[*real_results(), *of_files("data-gpt", train_rows=150)])
    assert evidence.results_for("apples", "real")[0].train_rows != 150
    (table,) = [table for table in tables_of(evidence)[0] if table.name == "table1_scores"]
    assert {row[5] for row in table.rows if row[2] == "data-gpt"} == {"unequal sizes"}
    assert "drop" not in {figure.name for figure in figures_of(evidence)[0]}
    verdicts, left_out = verdicts_of(evidence)
    assert "real and data-gpt were trained on different numbers of texts" in left_out["order"]
    assert not [verdict for verdict in verdicts if ">=" in verdict.claim]
