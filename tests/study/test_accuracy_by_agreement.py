"""Curves agree with scipy and with counting by hand, and their trends are found as often as they are there."""

import math
import time
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import binomtest, linregress, spearmanr, ttest_1samp, ttest_ind

from synthworth.measures.statistics import RESAMPLES
from synthworth.study.claims.accuracy_by_agreement import LEAST, Hits, _shuffled_p, curve, trend, trend_difference

AGREEMENTS = (0.4, 0.6, 0.8, 1.0)
RATED = st.lists(
    st.tuples(st.sampled_from(AGREEMENTS), st.lists(st.booleans(), min_size=2, max_size=2)), min_size=3, max_size=40
).filter(lambda rows: len({a for a, _ in rows}) > 1)


def named(agreement, *seeds):
    """Agreement and each seed's right predictions by the instances' names."""
    names = [f"i{place}" for place in range(len(agreement))]
    return dict(zip(names, agreement, strict=True)), [dict(zip(names, seed, strict=True)) for seed in seeds]


def from_rows(rows):
    return named([a for a, _ in rows], *zip(*(right for _, right in rows), strict=True))


def drawn(seed, *, n=200, seeds=1, slope=0.0, base=0.8, hard=0.0, luck=0.0, sides=1):
    """Agreement of n instances, and for each side what its seeds get right; `luck` spreads the seeds' slopes."""
    chance = np.random.default_rng(seed)
    agreement, hardness = chance.choice(AGREEMENTS[1:], n), chance.normal(0, hard, n)
    found = []
    for _ in range(sides):
        slopes = slope + luck * chance.normal(size=(seeds, 1))
        found.append(chance.random((seeds, n)) < expit(base + hardness + slopes * (agreement - 0.8)))
    agreement, flat = named(agreement, *(seed for side in found for seed in side))
    return agreement, *(flat[side * seeds : (side + 1) * seeds] for side in range(sides))


@settings(max_examples=30)
@given(RATED, st.integers(1, 10))
def test_a_point_is_the_accuracy_on_the_instances_that_reach_its_threshold(rows, least):
    found = curve(*from_rows(rows), least=least)
    for point in found.points:
        reached = [right for a, right in rows if a >= point.threshold]
        assert point.n == len(reached) >= least
        assert point.accuracy == pytest.approx(np.mean(reached))
    assert [gamma for gamma, n in found.left_out] == [
        gamma for gamma in sorted({a for a, _ in rows}) if sum(a >= gamma for a, _ in rows) < least
    ]


@settings(max_examples=30)
@given(RATED)
def test_every_threshold_is_a_point_or_left_out_and_the_lowest_has_all_instances(rows):
    found = curve(*from_rows(rows), least=5)
    thresholds = [point.threshold for point in found.points] + [gamma for gamma, _ in found.left_out]
    assert thresholds == sorted({a for a, _ in rows})
    sizes = [point.n for point in found.points] + [n for _, n in found.left_out]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == len(rows)


def test_a_threshold_that_fewer_than_30_reach_is_left_out_and_said():
    agreement, (right,) = named([0.6] * 40 + [0.8] * 30 + [1.0] * 29, [True, False, True] * 33)
    found = curve(agreement, [right])
    assert [point.n for point in found.points] == [99, 59]
    assert found.left_out == ((1.0, LEAST - 1),)


def test_predicted_instances_without_agreement_are_counted_and_in_nothing():
    agreement, right = drawn(0, n=100)
    more = [right[0] | {"x": True, "y": False}]
    found = curve(agreement, more)
    assert (found.unrated, found.runs, found.trend.instances) == (2, 1, 100)
    assert found.points == curve(agreement, right).points


def test_rated_instances_without_prediction_are_in_nothing():
    agreement, right = drawn(0, n=100)
    assert curve(agreement | {"x": 0.6}, right) == curve(agreement, right)


@pytest.mark.parametrize("wrong", [0, 1, 20, 60])
def test_a_points_interval_is_agrestis_and_coulls_about_wilsons_centre(wrong):
    agreement, right = named([0.6, 1.0] * 30, [place >= wrong for place in range(60)])
    point = curve(agreement, right).points[0]
    low, high = binomtest(60 - wrong, 60).proportion_ci(method="wilson")
    centre, z = (low + high) / 2, 1.96
    half = z * math.sqrt(centre * (1 - centre) / (60 + z**2))
    assert (point.low, point.high) == pytest.approx((centre - half, centre + half), abs=1e-5)


@settings(max_examples=30)
@given(RATED, st.sampled_from([0.5, 0.8, 0.95]))
def test_a_points_interval_holds_its_accuracy(rows, level):
    for point in curve(*from_rows(rows), least=1, level=level).points:
        assert point.low <= point.accuracy <= point.high
        assert point.low < point.high


def test_seeds_that_all_predict_the_same_leave_the_interval_of_one():
    agreement, right = drawn(0, hard=1.0)
    for point, of_three in zip(curve(agreement, right).points, curve(agreement, right * 3).points, strict=True):
        assert of_three == pytest.approx(point)


def test_errors_of_single_seeds_are_counted_once(monkeypatch):
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.RESAMPLES", 99)  # the trend is not asked for
    n, seeds = 1000, 40
    hits = np.random.default_rng(0).random((seeds, n)) < 0.5  # no instance is hard, no seed is lucky
    point = curve(*named([0.6, 1.0] * (n // 2), *hits)).points[0]
    assert point.high - point.low == pytest.approx(2 * 1.96 * math.sqrt(0.25 / (n * seeds) + 1e-6), rel=0.15)


def test_instances_without_number_leave_students_interval_of_the_seeds(monkeypatch):
    n, shares = 20_000, (0.6, 0.7, 0.75)
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.RESAMPLES", 99)  # the trend is not asked for
    agreement, right = named([0.6, 1.0] * (n // 2), *([place < n * share for place in range(n)] for share in shares))
    point = curve(agreement, right).points[0]
    judge = ttest_1samp(shares, 0).confidence_interval()
    assert (point.low, point.high) == pytest.approx(tuple(judge), abs=0.01)


def test_the_line_and_rho_are_those_of_scipy_over_the_points():
    agreement, right = drawn(3, n=300, seeds=2, slope=1.0)
    found = curve(agreement, right)
    x, y = ([getattr(point, name) for point in found.points] for name in ("threshold", "accuracy"))
    judge = linregress(x, y)
    assert found.line == pytest.approx((judge.slope, judge.intercept, judge.rvalue**2))
    assert found.rank.rho == pytest.approx(spearmanr(x, y).statistic)


@settings(max_examples=50)
@given(RATED)
def test_rho_is_that_of_scipy_with_ties_too(rows):
    found = curve(*from_rows(rows), least=1)
    if found.rank is not None:
        x, y = ([getattr(point, name) for point in found.points] for name in ("threshold", "accuracy"))
        assert found.rank.rho == pytest.approx(spearmanr(x, y).statistic)


@pytest.mark.parametrize(
    "agreement", [[0.6] * 30 + [1.0] * 30, [0.6, 0.8, 1.0] * 20], ids=["two thresholds", "one accuracy"]
)
def test_what_has_no_line_has_none(agreement):
    right = [place % 2 == 0 for place in range(60)] if len(set(agreement)) == 2 else [True] * 60
    found = curve(*named(agreement, right), least=20)
    assert found.line is None
    assert found.rank is None


@settings(max_examples=30)
@given(RATED)
def test_the_slope_of_the_trend_is_that_of_scipy_over_instances(rows):
    judge = linregress([a for a, _ in rows], [np.mean(right) for _, right in rows]).slope
    assert trend(*from_rows(rows)).slope == pytest.approx(judge, abs=1e-12)


def together(seeds):
    """The share of these trainings that get each instance right: a draw of the texts, as one run."""
    return {name: Fraction(sum(bool(seed[name]) for seed in seeds), len(seeds)) for name in seeds[0]}


def test_a_draws_trainings_are_one_run_however_many_they_are():
    agreement, seeds = drawn(4, n=150, seeds=5, slope=1.0, luck=1.0)
    runs = [together(seeds[:3]), together(seeds[3:4]), together(seeds[4:])]
    found = trend(agreement, runs)
    slopes = [linregress(list(agreement.values()), [float(run[i]) for i in agreement]).slope for run in runs]
    assert found.slope == pytest.approx(np.mean(slopes))
    tripled = [together([seed] * 3) for seed in seeds]
    assert trend(agreement, tripled) == pytest.approx(trend(agreement, seeds))
    assert curve(agreement, tripled).rank == pytest.approx(curve(agreement, seeds).rank)
    assert np.array(curve(agreement, tripled).points) == pytest.approx(np.array(curve(agreement, seeds).points))


SMALL = [0.4, 0.6, 0.6, 0.8, 0.8, 1.0, 1.0]
HITS = [[0, 0, 0, 1, 0, 1, 1], [0, 0, 1, 0, 1, 1, 1]]


def shuffles(statistic):
    """The share of all 5040 pairings of agreement with instances whose statistic is as far from 0 as the given one."""
    right = np.mean(HITS, axis=0)
    values = np.array([statistic(SMALL, np.array(row)) for row in permutations(right)])
    return np.mean(np.abs(values) >= abs(statistic(SMALL, right)) - 1e-9)


def test_the_p_of_shuffles_is_the_share_of_all_of_them():
    exact = shuffles(lambda a, right: (np.array(a) - np.mean(a)) @ right)
    found = _shuffled_p(np.array(SMALL), Hits(np.array(HITS).T, 1), seed=0)
    assert 0.01 < exact < 0.05
    assert found == pytest.approx(exact, abs=4 * np.sqrt(exact / RESAMPLES))


def test_the_p_of_rho_is_the_share_of_all_shuffles():
    def rho(a, right):
        accuracies = [right[place:].mean() for place in (0, 1, 3, 5)]
        ranks = np.array([sum(np.sign(round(one - other, 9)) for other in accuracies) for one in accuracies])
        return ranks @ np.arange(4) / math.sqrt(ranks @ ranks) if ranks.any() else 0.0

    exact = shuffles(rho)
    found = curve(*named(SMALL, *HITS), least=1)
    assert found.rank.rho == 1
    assert found.rank.p == pytest.approx(exact, abs=4 * np.sqrt(exact / RESAMPLES))


def test_the_p_of_one_seeds_trend_is_never_below_that_of_shuffles():
    for seed in range(5):
        agreement, (right,) = drawn(seed, slope=1.5)
        order = sorted(agreement, key=agreement.get)
        columns = np.array([[right[name]] for name in order], dtype=np.int64)
        shuffled = _shuffled_p(np.array([agreement[name] for name in order]), Hits(columns, 1), seed=0)
        assert shuffled <= trend(agreement, [right]).p <= shuffled + 0.02


def test_over_nested_thresholds_a_rho_of_1_is_nothing_unusual_and_its_p_says_so(monkeypatch):
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.RESAMPLES", 999)
    found = [curve(*drawn(seed)) for seed in range(60)]
    perfect = [one.rank.p for one in found if abs(one.rank.rho) == 1]
    assert len(perfect) > 20
    assert min(perfect) > 0.2


def test_the_interval_of_one_seed_is_that_of_resampled_instances_within_chance():
    agreement, right = drawn(0, slope=2.0, hard=1.0)
    a, hits = (np.array(list(values.values()), dtype=float) for values in (agreement, right[0]))
    chance, slopes = np.random.default_rng(1), []
    for _ in range(3000):
        rows = chance.integers(len(a), size=len(a))
        slopes.append(np.cov(a[rows], hits[rows])[0, 1] / a[rows].var(ddof=1))
    found = trend(agreement, right)
    assert (found.low, found.high) == pytest.approx(found.slope + 1.96 * np.std(slopes) * np.array([-1, 1]), abs=0.02)


def of_slopes(slopes, n=20_000):
    """Agreement of two levels, and of each seed right predictions that rise by that slope exactly."""
    a = [0.6, 1.0] * (n // 2)
    return named(a, *([place % 1000 < 1000 * (0.4 + s * (of - 0.6)) for place, of in enumerate(a)] for s in slopes))


def test_instances_without_number_leave_students_interval_of_the_slopes(monkeypatch):
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.RESAMPLES", 999)
    slopes = (0.2, 0.5, 0.6)
    found, judge = trend(*of_slopes(slopes)), ttest_1samp(slopes, 0)
    assert (found.low, found.high) == pytest.approx(tuple(judge.confidence_interval()), abs=0.03)
    assert found.p == pytest.approx(judge.pvalue, rel=0.1)


def test_instances_without_number_leave_welchs_test_of_two_classifiers():
    sides = (0.4, 0.5, 0.7), (0.1, 0.2, 0.15, 0.3)
    agreement, right = of_slopes([slope for side in sides for slope in side])
    found, judge = trend_difference(agreement, right[:3], right[3:]), ttest_ind(*sides, equal_var=False)
    assert (found.low, found.high) == pytest.approx(tuple(judge.confidence_interval()), abs=0.03)
    assert found.p == pytest.approx(judge.pvalue, rel=0.1)


def test_a_trend_of_lucky_seeds_is_no_trend():
    agreement, right = drawn(1, n=2000, seeds=3, luck=4.0)
    one, all_of_them = trend(agreement, right[:1]), trend(agreement, right)
    assert one.p < 0.01
    assert all_of_them.low < 0 < all_of_them.high
    assert all_of_them.p > 0.05


def test_gold_that_is_wrong_where_votes_split_lets_accuracy_rise_and_more_so_for_the_better_classifier():
    chance, n = np.random.default_rng(0), 4000
    agreement = chance.choice(AGREEMENTS[1:], n)
    wrong = chance.random(n) < 0.4 * (1 - agreement)  # 16 in 100 at 0.6, none at 1
    better, worse = (np.where(wrong, chance.random(n) >= of, chance.random(n) < of) for of in (0.95, 0.6))
    rated, right = named(agreement, better, worse)
    assert trend(rated, right[:1]).slope == pytest.approx(0.4 * (2 * 0.95 - 1), abs=0.08)
    assert trend_difference(rated, right[:1], right[1:]).low > 0


def test_the_difference_is_that_of_the_two_slopes():
    agreement, one, other = drawn(0, seeds=2, hard=1.0, slope=1.0, luck=1.0, sides=2)
    found = trend_difference(agreement, one, other)
    assert found.difference == pytest.approx(trend(agreement, one).slope - trend(agreement, other).slope)


def test_pairing_over_instances_tells_more_than_two_intervals():
    agreement, (right,) = drawn(0, n=500, hard=1.0)
    nearly = right | {name: not right[name] for name in list(right)[:20]}
    found = trend_difference(agreement, [right], [nearly])
    apart = trend(agreement, [right])
    assert found.high - found.low < 0.5 * (apart.high - apart.low)


@pytest.mark.parametrize("seeds", [1, 3])
def test_exchanging_the_two_changes_the_sign_alone(seeds):
    agreement, one, other = drawn(0, seeds=seeds, hard=1.0, sides=2)
    found, back = trend_difference(agreement, one, other), trend_difference(agreement, other, one)
    expected = (-found.difference, -found.high, -found.low, found.p)
    assert back == pytest.approx(expected, abs=0.02)  # other instances are drawn


def test_a_classifier_does_not_differ_from_itself():
    agreement, right = drawn(0)
    assert trend_difference(agreement, right, right) == (0, 0, 0, 1)


@pytest.mark.parametrize("value", [True, False])
def test_predictions_that_never_change_say_nothing_of_a_trend(value):
    agreement, right = named([0.6, 0.8, 1.0] * 20, [value] * 60)
    assert trend(agreement, right) == (0, -math.inf, math.inf, 1, 60)
    assert trend_difference(agreement, right, right) == (0, -math.inf, math.inf, 1)


def test_wrong_for_right_turns_the_trend_round():
    agreement, (right,) = drawn(0, slope=2.0)
    found, back = trend(agreement, [right]), trend(agreement, [{name: not hit for name, hit in right.items()}])
    assert back.slope == pytest.approx(-found.slope)
    assert (back.low, back.high) == pytest.approx((-found.high, -found.low), abs=0.02)
    assert back.p == pytest.approx(found.p, abs=0.01)


def test_the_order_of_instances_changes_nothing():
    agreement, right = drawn(0, seeds=2)
    turned = [dict(reversed(one.items())) for one in (agreement, *right)]
    assert curve(turned[0], turned[1:]) == curve(agreement, right)


def test_what_is_drawn_in_pieces_is_the_same(monkeypatch):
    agreement, one, other = drawn(0, seeds=2, sides=2)
    whole = curve(agreement, one), trend_difference(agreement, one, other)
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.CELLS", 999 * 200)
    assert (curve(agreement, one), trend_difference(agreement, one, other)) == whole


def test_another_seed_draws_others():
    agreement, right = drawn(0)
    assert len({trend(agreement, right, seed=seed).p for seed in range(5)}) > 1
    assert len({trend(agreement, right, seed=seed).low for seed in range(5)}) == 5


def test_a_higher_level_is_wider():
    agreement, right = drawn(0)
    narrow, wide = (curve(agreement, right, level=level) for level in (0.5, 0.95))
    for few, many in ((narrow.points[0], wide.points[0]), (narrow.trend, wide.trend), (narrow.rank, wide.rank)):
        assert many.low < few.low <= few.high < many.high or (few.high, many.high) == (1, 1)


def test_10000_shuffles_and_resamples_of_3000_instances_take_at_most_5_seconds_of_processor_time():
    agreement, right = drawn(0, n=3000, seeds=3)
    start = time.process_time()
    curve(agreement, right)
    assert time.process_time() - start <= 5


AGREEMENT = {"a": 0.6, "b": 0.8, "c": 1.0}
RIGHT = {"a": True, "b": False, "c": True}


@pytest.mark.parametrize("asked", [curve, trend, lambda a, right: trend_difference(a, right, right)])
@pytest.mark.parametrize(
    ("agreement", "right", "message"),
    [
        (AGREEMENT, [], "no predictions; give what at least one classifier got right"),
        (AGREEMENT, [RIGHT, {"a": True, "b": True}], "instance 'c' is not in the predictions of every run; give"),
        (AGREEMENT, [RIGHT | {"b": "neg"}], "instance 'b' is 'neg'; give whether its prediction is right"),
        ({"x": 0.5}, [RIGHT], "none of 3 predicted instances has an agreement; do their ids match"),
        (AGREEMENT | {"b": 1.2}, [RIGHT], "agreement of instance 'b' is 1.2; allowed: 0 to 1"),
        (AGREEMENT | {"b": math.nan}, [RIGHT], "agreement of instance 'b' is nan; allowed: 0 to 1"),
        (dict.fromkeys("abc", 0.8), [RIGHT], "all 3 instances have agreement 0.8; a trend needs at least two values"),
    ],
)
def test_what_has_no_curve_is_refused(asked, agreement, right, message):
    with pytest.raises(ValueError, match=message):
        asked(agreement, right)


def test_two_classifiers_of_different_instances_are_refused():
    with pytest.raises(ValueError, match="instance 'c' is not in the predictions of every run"):
        trend_difference(AGREEMENT, [RIGHT], [{"a": True, "b": True}])


def test_a_point_of_no_instance_is_refused():
    with pytest.raises(ValueError, match="least is 0; a point needs at least 1 instance"):
        curve(AGREEMENT, [RIGHT], least=0)


@pytest.mark.slow
@pytest.mark.parametrize("world", [{}, {"hard": 1.0, "seeds": 3}, {"luck": 3.0, "seeds": 3}, {"base": 3.5}], ids=str)
def test_no_trend_and_no_difference_are_called_one_at_most_5_times_in_100(world, monkeypatch):
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.RESAMPLES", 399)
    trends, differences, studies = [], [], 400
    for seed in range(studies):
        agreement, one, other = drawn(seed, **world, sides=2)
        trends.append(trend(agreement, one).p <= 0.05)
        differences.append(trend_difference(agreement, one, other).p <= 0.05)
    most = 0.05 + 2 * math.sqrt(0.05 * 0.95 / studies)
    assert np.mean(trends) <= most
    assert np.mean(differences) <= most


@pytest.mark.slow
@pytest.mark.parametrize(("seeds", "most"), [(1, 0.97), (2, 0.99), (3, 0.98)])
def test_intervals_of_points_and_trends_hold_the_truth_95_times_in_100(seeds, most, monkeypatch):
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.RESAMPLES", 399)
    luck, studies = 1.0 if seeds > 1 else 0.0, 500
    # Over hardness and luck, by quadrature: the chance to be right at each agreement, and the slope over instances.
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    spread = np.sqrt(1.0 + (luck * (np.array(AGREEMENTS[1:]) - 0.8)) ** 2)
    chances = expit(1.5 + 2 * (np.array(AGREEMENTS[1:]) - 0.8) + nodes[:, None] * spread)
    truth = weights @ chances / weights.sum()
    slope, above = float(np.polyfit(AGREEMENTS[1:], truth, 1)[0]), [truth[place:].mean() for place in range(3)]
    held = np.zeros(5)
    for seed in range(studies):
        agreement, one, other = drawn(seed, seeds=seeds, slope=2.0, base=1.5, hard=1.0, luck=luck, sides=2)
        found, apart = curve(agreement, one), trend_difference(agreement, one, other)
        ends = [(p.low, p.high, of) for p, of in zip(found.points, above, strict=True)]
        ends += [(found.trend.low, found.trend.high, slope), (apart.low, apart.high, 0)]
        held += [low <= of <= high for low, high, of in ends]
    assert (held / studies >= 0.93).all()
    assert (held / studies <= most + 0.01).all()


@pytest.mark.slow
def test_a_trend_that_is_there_is_found(monkeypatch):
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.RESAMPLES", 399)
    found = [trend(*drawn(seed, n=600, slope=3.0)) for seed in range(100)]
    assert np.mean([one.low > 0 and one.p <= 0.05 for one in found]) > 0.9
