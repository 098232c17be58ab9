"""Agreement is that of the krippendorff package, scipy and published tables; its intervals are a plain loop's."""

import gzip
import json
import math
from collections import defaultdict
from functools import partial
from pathlib import Path
from statistics import fmean, multimode

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import binom, entropy

from memory import peak
from synthworth.core.votes import Vote, read_votes
from synthworth.subjectivity.agreement import (
    RESAMPLES,
    AgreementEstimate,
    agreement,
    annotator_agreement,
    fleiss_kappa,
    krippendorff_alpha,
    majority,
    mean_agreement_interval,
    mean_interval,
    vote_entropy,
)

MD_AGREEMENT = Path(__file__).parents[3] / "shared" / "data" / "extra" / "md_agreement"
ORDER = ["low", "fair", "good", "high"]
# A row for each instance, a place for each annotator, who may have given no vote.
ROWS = st.integers(1, 5).flatmap(
    lambda annotators: st.lists(
        st.lists(st.sampled_from([*ORDER, None]), min_size=annotators, max_size=annotators), min_size=1, max_size=8
    )
)
COMPLETE = st.integers(2, 5).flatmap(
    lambda annotators: st.lists(
        st.lists(st.sampled_from(ORDER), min_size=annotators, max_size=annotators), min_size=1, max_size=8
    )
)


def alpha_of(votes, order=None):
    """Alpha alone, without its interval."""
    return krippendorff_alpha(votes, order, resamples=0).value


ALPHAS = [alpha_of, partial(alpha_of, order=ORDER)]
PER_INSTANCE = [agreement, majority, vote_entropy]
INTERVALS = [
    mean_agreement_interval,
    krippendorff_alpha,
    partial(krippendorff_alpha, order=ORDER),
]
LEVELS = ["nominal", "ordinal"]

# Krippendorff 2011, Computing Krippendorff's Alpha-Reliability: four observers, twelve units, missing votes.
KRIPPENDORFF_2011 = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]
# The table of the article "Fleiss' kappa" in Wikipedia: ten subjects, how many of fourteen raters chose each category.
WIKIPEDIA = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
# A percentile of n resamples of a normal score is off by this many standard deviations / sqrt(n).
ERROR = np.sqrt(0.025 * 0.975) / 0.0585


def votes_of(rows):
    return [
        Vote(f"i{i}", f"a{a}", label) for i, row in enumerate(rows) for a, label in enumerate(row) if label is not None
    ]


def pairable(rows):
    return [row for row in rows if sum(label is not None for label in row) >= 2]


def labels_of(rows):
    return {label for row in rows for label in row} - {None}


def judge(rows, level):
    """Alpha by the krippendorff package, from the matrix of annotators and instances."""
    matrix = [[math.nan if label is None else ORDER.index(label) for label in row] for row in rows]
    return krippendorff.alpha(np.array(matrix).T, value_domain=range(len(ORDER)), level_of_measurement=level)


def alpha_at(level, votes):
    return alpha_of(votes, ORDER if level == "ordinal" else None)


def random_rows(instances, annotators, labels, seed=0, missing=0.1):
    """Rows in which annotators choose an instance's own label half of the time, and any label otherwise."""
    chance = np.random.default_rng(seed)
    own = chance.integers(labels, size=(instances, 1))
    chosen = np.where(
        chance.random((instances, annotators)) < 0.5, own, chance.integers(labels, size=(instances, annotators))
    )
    there = chance.random((instances, annotators)) >= missing
    return [
        [ORDER[label] if vote else None for label, vote in zip(*pair, strict=True)]
        for pair in zip(chosen, there, strict=True)
    ]


# Few different instances, which are drawn by the binomial, and many, which are drawn one by one.
FEW, MANY = random_rows(250, 3, 2), random_rows(30, 5, 4)


# ---- instances


@given(ROWS)
def test_agreement_is_the_share_of_the_mode(rows):
    for row, share in zip([row for row in rows if any(row)], agreement(votes_of(rows)).values(), strict=True):
        labels = [label for label in row if label]
        assert share == labels.count(multimode(labels)[0]) / len(labels)


@given(ROWS)
def test_the_majority_is_all_modes_in_order(rows):
    judged = [tuple(sorted(multimode(label for label in row if label))) for row in rows if any(row)]
    assert list(majority(votes_of(rows)).values()) == judged


@given(ROWS)
def test_vote_entropy_is_that_of_scipy_in_bits(rows):
    judged = [entropy([row.count(label) for label in ORDER], base=2) for row in rows if any(row)]
    assert list(vote_entropy(votes_of(rows)).values()) == pytest.approx(judged, abs=1e-12)


def test_the_entropy_of_one_label_is_0_without_a_sign():
    assert str(vote_entropy([Vote("1", "ann", "a"), Vote("1", "ben", "a")])["1"]) == "0.0"


def test_a_single_vote_agrees_with_itself():
    vote = [Vote("1", "ann", "a")]
    assert (agreement(vote), majority(vote), vote_entropy(vote)) == ({"1": 1}, {"1": ("a",)}, {"1": 0})


@pytest.mark.parametrize("measure", [*PER_INSTANCE, annotator_agreement])
def test_no_votes_have_no_measures(measure):
    assert measure([]) == {}


@pytest.mark.parametrize("measure", PER_INSTANCE)
def test_instances_come_in_the_order_of_their_first_votes(measure):
    votes = [Vote("2", "ann", "a"), Vote("1", "ann", "a"), Vote("2", "ben", "a")]
    assert list(measure(votes)) == ["2", "1"]


@pytest.mark.parametrize("measure", PER_INSTANCE)
@given(rows=ROWS, chance=st.randoms())
def test_the_order_of_votes_changes_no_instance(measure, rows, chance):
    votes = votes_of(rows)
    assert measure(chance.sample(votes, len(votes))) == measure(votes)


@pytest.mark.parametrize("measure", [agreement, vote_entropy])
@given(rows=ROWS, new=st.permutations(ORDER))
def test_other_names_of_labels_change_no_agreement(measure, rows, new):
    renamed = [vote._replace(label=new[ORDER.index(vote.label)]) for vote in votes_of(rows)]
    assert measure(renamed) == pytest.approx(measure(votes_of(rows)), abs=1e-12)


# ---- annotators


def with_the_rest(rows, annotator):
    """The shares of other votes equal to the annotator's, counted pair by pair."""
    for row in rows:
        others = [label for a, label in enumerate(row) if label and a != annotator]
        if row[annotator] and others:
            yield sum(label == row[annotator] for label in others) / len(others)


@given(ROWS)
def test_an_annotator_agrees_with_the_rest_as_counted_pair_by_pair(rows):
    for annotator, (share, instances) in annotator_agreement(votes_of(rows)).items():
        judged = list(with_the_rest(rows, int(annotator[1:])))
        assert instances == len(judged)
        assert share == pytest.approx(fmean(judged) if judged else math.nan, nan_ok=True)


def test_an_annotator_who_is_always_alone_has_nan_over_no_instances():
    share, instances = annotator_agreement([Vote("1", "ann", "a")])["ann"]
    assert math.isnan(share)
    assert instances == 0


def test_an_instance_without_others_does_not_count():
    votes = [Vote("1", "ann", "a"), Vote("1", "ben", "a"), Vote("2", "ann", "b")]
    assert annotator_agreement(votes)["ann"] == (1, 1)


@given(COMPLETE)
def test_two_annotators_agree_with_each_other_equally(rows):
    first, second = annotator_agreement(votes_of([row[:2] for row in rows])).values()
    assert first == second


def test_the_mean_over_votes_is_the_observed_agreement_that_wikipedia_gives():
    found = annotator_agreement(votes_of(wikipedia_rows())).values()
    assert fmean((a.agreement for a in found), (a.instances for a in found)) == pytest.approx(0.378, abs=0.0005)


# ---- alpha


def test_alpha_is_that_of_krippendorffs_own_example():
    rows = [[None if vote == "." else vote for vote in unit] for unit in zip(*KRIPPENDORFF_2011, strict=True)]
    assert alpha_of(votes_of(rows)) == pytest.approx(0.743, abs=0.0005)
    assert alpha_of(votes_of(rows), order="12345") == pytest.approx(0.815, abs=0.0005)


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=300)
@given(rows=ROWS)
def test_alpha_is_that_of_the_krippendorff_package(level, rows):
    assume(len(labels_of(pairable(rows))) > 1)
    assert alpha_at(level, votes_of(rows)) == pytest.approx(judge(rows, level), abs=1e-12)


@pytest.mark.parametrize("alpha", ALPHAS)
def test_one_label_only_leaves_alpha_undefined(alpha):
    assert math.isnan(alpha([Vote("1", "ann", "low"), Vote("1", "ben", "low"), Vote("2", "ann", "high")]))


@pytest.mark.parametrize("measure", [*ALPHAS, *INTERVALS])
@pytest.mark.parametrize("votes", [[], [Vote("1", "ann", "low"), Vote("2", "ben", "low")]])
def test_votes_without_a_pair_are_refused(measure, votes):
    with pytest.raises(
        ValueError, match=r"^no instance has two votes; agreement needs two annotators on at least one "
    ):
        measure(votes)


@pytest.mark.parametrize("alpha", ALPHAS)
@given(rows=COMPLETE)
def test_annotators_who_always_agree_have_alpha_1(alpha, rows):
    same = [row[:1] * len(row) for row in rows]
    assume(len(labels_of(same)) > 1)
    assert alpha(votes_of(same)) == 1


@pytest.mark.parametrize("alpha", ALPHAS)
@given(rows=ROWS)
def test_alpha_is_at_most_1(alpha, rows):
    assume(pairable(rows))
    assert not alpha(votes_of(rows)) > 1


@pytest.mark.parametrize("alpha", ALPHAS)
@given(rows=ROWS, chance=st.randoms())
def test_alpha_is_blind_to_who_voted_and_in_which_order(alpha, rows, chance):
    assume(pairable(rows))
    mixed = [chance.sample(row, len(row)) for row in chance.sample(rows, len(rows))]
    assert alpha(votes_of(mixed)) == pytest.approx(alpha(votes_of(rows)), abs=1e-12, nan_ok=True)


@given(ROWS, st.permutations(ORDER))
def test_other_names_of_labels_do_not_change_nominal_alpha(rows, new):
    assume(pairable(rows))
    renamed = [vote._replace(label=new[ORDER.index(vote.label)]) for vote in votes_of(rows)]
    found = alpha_of(renamed)
    assert found == pytest.approx(alpha_of(votes_of(rows)), abs=1e-12, nan_ok=True)


@given(ROWS)
def test_the_order_from_high_to_low_gives_the_same_ordinal_alpha(rows):
    assume(pairable(rows))
    found = alpha_of(votes_of(rows), order=ORDER[::-1])
    assert found == pytest.approx(alpha_of(votes_of(rows), order=ORDER), abs=1e-12, nan_ok=True)


def test_neighbours_disagree_less_in_ordinal_alpha():
    near = votes_of([["low", "fair"], ["low", "low"], ["fair", "fair"], ["high", "high"]])
    assert alpha_of(near, order=ORDER) > alpha_of(near)


@given(ROWS)
def test_a_label_in_the_order_that_nobody_chose_changes_nothing(rows):
    assume(pairable(rows))
    found = alpha_of(votes_of(rows), order=["none", *ORDER[:2], "never", *ORDER[2:]])
    assert found == pytest.approx(alpha_of(votes_of(rows), order=ORDER), abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("alpha", ALPHAS)
@given(rows=ROWS, label=st.sampled_from(ORDER))
def test_an_instance_with_one_vote_does_not_change_alpha(alpha, rows, label):
    assume(pairable(rows))
    found = alpha([*votes_of(rows), Vote("alone", "a0", label)])
    assert found == pytest.approx(alpha(votes_of(rows)), abs=1e-12, nan_ok=True)


def test_a_label_outside_of_the_order_is_refused_with_the_order():
    with pytest.raises(
        ValueError, match=r"^unknown label 'bad'; labels in order: low, fair, good, high; place it among"
    ):
        alpha_of([Vote("1", "ann", "low"), Vote("1", "ben", "bad")], order=ORDER)


def test_an_order_that_repeats_a_label_is_refused():
    with pytest.raises(ValueError, match=r"^the order of labels repeats one: a, b, a; name each label once$"):
        alpha_of([Vote("1", "ann", "a"), Vote("1", "ben", "b")], order=["a", "b", "a"])


@pytest.mark.parametrize("label", ["low", "high"])
@pytest.mark.parametrize("measure", [*PER_INSTANCE, annotator_agreement, *ALPHAS, fleiss_kappa, *INTERVALS])
def test_two_votes_of_an_annotator_on_an_instance_are_refused(measure, label):
    with pytest.raises(ValueError, match=r"^annotator 'ann' has 2 votes on '1'; an annotator has one on an instance$"):
        measure([Vote("1", "ben", "low"), Vote("1", "ann", "low"), Vote("1", "ann", label)])


# ---- kappa


def wikipedia_rows():
    return [np.repeat(list("12345"), counts).tolist() for counts in WIKIPEDIA]


def test_fleiss_kappa_is_that_of_the_table_in_wikipedia():
    assert fleiss_kappa(votes_of(wikipedia_rows())) == pytest.approx(0.210, abs=0.0005)


@given(COMPLETE)
def test_kappa_and_the_packages_alpha_differ_by_the_number_of_votes(rows):
    assume(len(labels_of(rows)) > 1)
    n = sum(map(len, rows))
    assert (1 - fleiss_kappa(votes_of(rows))) * (n - 1) / n == pytest.approx(1 - judge(rows, "nominal"), abs=1e-12)


def test_one_label_only_leaves_kappa_undefined():
    assert math.isnan(fleiss_kappa(votes_of([["low", "low"], ["low", "low"]])))


@pytest.mark.parametrize(
    ("rows", "came"),
    [
        ([["low", "low", "low"], ["low", None, "low"], ["low", "high", None]], "2 to 3"),
        ([["low", None], ["low", None]], "1"),
        ([], "no"),
    ],
)
def test_kappa_of_unequal_or_single_votes_is_refused(rows, came):
    with pytest.raises(ValueError, match=rf"^instances have {came} votes; Fleiss' kappa needs the same number on each"):
        fleiss_kappa(votes_of(rows))


# ---- intervals


def mean_agreement(rows):
    return fmean(agreement(votes_of(pairable(rows))).values())


def one_by_one(rows, score, resamples):
    """Scores of resampled instances, each drawn from those with two votes."""
    chance, rows = np.random.default_rng(1), pairable(rows)
    drawn = ([rows[i] for i in chance.integers(len(rows), size=len(rows))] for _ in range(resamples))
    return np.array([score(sample) for sample in drawn])


@pytest.mark.parametrize("rows", [FEW, MANY], ids=["few", "many"])
@pytest.mark.parametrize(
    ("interval", "score"),
    list(
        zip(INTERVALS, [mean_agreement, partial(judge, level="nominal"), partial(judge, level="ordinal")], strict=True)
    ),
    ids=["mean agreement", *LEVELS],
)
def test_an_interval_is_that_of_resampled_instances_within_chance(interval, score, rows):
    scores = one_by_one(rows, score, 1000)
    allowed = 3 * ERROR * scores.std() * np.sqrt(1 / len(scores) + 1 / RESAMPLES)
    value, low, high, instances = interval(votes_of(rows))
    assert value == pytest.approx(score(rows))
    assert (low, high) == pytest.approx(np.quantile(scores, [0.025, 0.975]), abs=allowed)
    assert instances == len(pairable(rows))


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.99])
def test_the_interval_of_the_mean_agreement_of_two_annotators_is_that_of_a_binomial(level):
    estimate = mean_agreement_interval(votes_of([["low", "low"]] * 140 + [["low", "high"]] * 60), level=level)
    exact = binom.ppf([(1 - level) / 2, (1 + level) / 2], 200, 0.7) / 200
    assert (estimate.low, estimate.high) == pytest.approx(0.5 + 0.5 * exact, abs=0.5 * 1.01 / 200)


def test_an_instance_with_one_vote_is_no_agreement_in_the_mean():
    found = mean_agreement_interval(votes_of([["low", "high"], ["low", "low"], ["low", None]]))
    assert (found.value, found.instances) == (0.75, 2)


@pytest.mark.parametrize("interval", INTERVALS)
def test_a_single_instance_leaves_nothing_to_resample(interval):
    value, low, high, instances = interval(votes_of([["low", "low", "high"]]))
    assert not math.isnan(value)
    assert math.isnan(low)
    assert math.isnan(high)
    assert instances == 1


@pytest.mark.parametrize("interval", INTERVALS[1:])
def test_an_undefined_alpha_has_an_undefined_interval(interval):
    found = interval(votes_of([["low", "low"]] * 3))
    assert found == pytest.approx(AgreementEstimate(math.nan, math.nan, math.nan, 3), nan_ok=True)


@pytest.mark.parametrize("interval", INTERVALS[1:])
@pytest.mark.parametrize("instances", [8, 80], ids=["one by one", "by the binomial"])
def test_resamples_without_an_alpha_are_left_out(interval, instances):
    _, low, high, _ = interval(votes_of([["low", "high"]] + [["low", "low"]] * (instances - 1)))
    assert -0.5 < low < high <= 0


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("rows", [FEW, MANY], ids=["few", "many"])
def test_the_order_of_votes_changes_no_interval(interval, rows):
    votes = votes_of(rows)
    found, judged = interval(votes[::-1]), interval(votes)
    assert found == pytest.approx(judged, abs=1e-12)


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("rows", [FEW, MANY], ids=["few", "many"])
def test_a_draw_in_pieces_gives_the_same_interval(interval, rows, monkeypatch):
    whole = interval(votes_of(rows))
    monkeypatch.setattr("synthworth.subjectivity.agreement.CELLS", 999)
    assert interval(votes_of(rows)) == pytest.approx(whole, abs=1e-12)


@pytest.mark.parametrize("interval", INTERVALS)
def test_a_higher_level_gives_a_wider_interval(interval):
    narrow, wide = (interval(votes_of(MANY), level=level) for level in (0.8, 0.95))
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize("interval", INTERVALS)
def test_four_times_the_instances_halve_the_interval(interval):
    one, four = (interval(votes_of(FEW * n)) for n in (1, 4))
    assert (one.high - one.low) / (four.high - four.low) == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("rows", [FEW, MANY], ids=["few", "many"])
def test_only_another_seed_gives_another_interval(interval, rows):
    first, again, *others = (interval(votes_of(rows), seed=seed) for seed in (3, 3, 4, 5, 6))
    assert first == again
    assert set(others) - {first}


def test_the_chance_of_others_is_left_alone():
    np.random.seed(0)
    before = np.random.get_state()[1].tolist()
    krippendorff_alpha(votes_of(MANY))
    assert np.random.get_state()[1].tolist() == before


# ---- size


@pytest.fixture(scope="module")
def many_votes():
    return votes_of(random_rows(10_000, 5, 4, missing=0))


@pytest.mark.parametrize("interval", INTERVALS)
def test_an_interval_of_10_000_instances_holds_only_the_draws_of_one_piece(interval, many_votes):
    # 10,000 draws of 10,000 instances at once would take 800 MB.
    assert peak(lambda: interval(many_votes)) < 80e6


def test_an_interval_of_28_labels_holds_only_the_draws_of_one_piece():
    chosen = np.random.default_rng(0).integers(28, size=(10_000, 5)).astype(str).tolist()
    votes = votes_of(chosen)
    assert peak(lambda: krippendorff_alpha(votes, resamples=200)) < 80e6


# ---- real votes


@pytest.fixture(scope="module")
def md_agreement():
    """The published shares of votes for 1 of the tweets with five votes, and the votes."""
    if not MD_AGREEMENT.is_dir():
        pytest.skip(f"no {MD_AGREEMENT}")
    votes = read_votes(MD_AGREEMENT / "annotations.csv.gz")
    labels = defaultdict(list)
    for vote in votes:
        labels[vote.instance].append(vote.label)
    with gzip.open(MD_AGREEMENT / "texts.jsonl.gz", "rt", encoding="utf-8") as file:
        published = {row["id"]: row["soft_label_1"] for row in map(json.loads, file)}
    return {name: share for name, share in published.items() if len(labels[name]) == 5}, votes


def test_the_agreement_on_md_agreement_is_that_of_its_published_soft_labels(md_agreement):
    published, votes = md_agreement
    found = agreement(votes)
    assert len(published) == 10_752
    assert {name: found[name] for name in published} == pytest.approx(
        {name: max(share, 1 - share) for name, share in published.items()}
    )


def test_alpha_on_md_agreement_is_that_of_the_krippendorff_package(md_agreement):
    published, votes = md_agreement
    kept = [vote for vote in votes if vote.instance in published]
    counts = [[round(5 * (1 - share)), round(5 * share)] for share in published.values()]
    judged = krippendorff.alpha(value_counts=counts, level_of_measurement="nominal")
    value, low, high, instances = krippendorff_alpha(kept)
    assert value == pytest.approx(judged)
    assert low < judged < high
    assert instances == len(published)


def test_the_mean_of_agreements_is_that_of_their_votes():
    votes = [
        Vote(str(n), who, label) for n, pair in enumerate(["aa", "ab", "bb"] * 20) for who, label in enumerate(pair)
    ]
    assert mean_interval(list(agreement(votes).values())) == mean_agreement_interval(votes)


def test_a_mean_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no instances to take a mean over; give at least one"):
        mean_interval([])
