"""Strengths agree with published estimates and other solvers, intervals cover, and circles are found and named."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression

from synthworth.subjectivity.comparisons import Comparison, stand_in_name
from synthworth.subjectivity.ranking import (
    Agreement,
    Subjectivity,
    Triad,
    bradley_terry,
    coefficient_of_agreement,
    coefficient_of_consistence,
    from_agreement,
    repeatability,
    standings,
    strengths,
    subjectivities,
)

# Games of the American League's eastern division in 1987, won by the row against the column (Agresti 2002, p. 438).
TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
BASEBALL = (
    (0, 7, 9, 7, 7, 9, 11),
    (6, 0, 7, 5, 11, 9, 9),
    (4, 6, 0, 7, 7, 8, 12),
    (6, 8, 6, 0, 6, 7, 10),
    (6, 2, 6, 7, 0, 7, 12),
    (4, 4, 5, 6, 6, 0, 6),
    (2, 4, 1, 3, 1, 7, 0),
)
# How often the row was cited by the column, which counts as won (Stigler 1994; Turner and Firth 2012).
JOURNALS = ("Biometrika", "Comm Statist", "JASA", "JRSS-B")
CITATIONS = ((0, 730, 498, 221), (33, 0, 68, 17), (320, 813, 0, 142), (284, 276, 325, 0))
# A dog's choices between samples of food, row over column (Kendall and Babington Smith 1940, as in R's eba).
FOODS = ("meat", "biscuit", "chocolate", "apple", "pear", "cheese")
DOG = (
    (0, 1, 1, 0, 1, 1),
    (0, 0, 0, 1, 1, 0),
    (0, 1, 0, 1, 1, 1),
    (1, 0, 0, 0, 0, 0),
    (0, 0, 0, 1, 0, 1),
    (0, 1, 0, 1, 0, 0),
)
NAMES = "abcdefgh"
PAIR = st.tuples(st.sampled_from(NAMES[:5]), st.sampled_from(NAMES[:5])).filter(lambda pair: pair[0] != pair[1])
MANY = st.lists(st.builds(lambda pair, who: Comparison(*pair, who), PAIR, st.sampled_from("xyz")), min_size=1)
# With a circle through all tasks, there is a maximum of the likelihood.
CIRCLE = [Comparison(one, other, "x") for one, other in itertools.pairwise("abcdea")]
FULL = MANY.map(lambda comparisons: CIRCLE + comparisons)


def from_table(names, wins, annotator="ann"):
    return [
        Comparison(winner, loser, annotator)
        for winner, row in zip(names, wins, strict=True)
        for loser, count in zip(names, row, strict=True)
        for _ in range(count)
    ]


def tournament(seed, tasks=6, rounds=4, annotators=("ann",), spread=1.0):
    """Comparisons of every pair by every annotator, of tasks whose strengths are `spread` apart in order of names."""
    chance = np.random.default_rng(seed)
    found = []
    for annotator, _, (i, j) in itertools.product(annotators, range(rounds), itertools.combinations(range(tasks), 2)):
        won = chance.random() < 1 / (1 + np.exp(spread * (i - j)))
        found.append(Comparison(NAMES[i if won else j], NAMES[j if won else i], annotator))
    return found


def placed(comparisons, **options):
    """Standings from fewer draws, where the comparisons connect all tasks."""
    try:
        return standings(comparisons, draws=500, **options)
    except ValueError as error:
        assume("no comparison connects" not in str(error))
        raise


def design(comparisons, tasks):
    """A row for each comparison: 1 for the winner, -1 for the loser."""
    place = {task: i for i, task in enumerate(tasks)}
    rows = np.zeros((len(comparisons), len(tasks)))
    for row, comparison in zip(rows, comparisons, strict=True):
        row[place[comparison.winner]], row[place[comparison.loser]] = 1, -1
    return rows


def scikit_learn(comparisons, tasks):
    """Strengths of a logistic regression without penalty or intercept: what the first of two tasks has and won."""
    rows = design(comparisons, tasks)
    rows, won = np.concatenate([rows, -rows]), [1] * len(rows) + [0] * len(rows)
    # The last task is the reference, or nothing would tell the strengths from themselves plus a constant.
    found = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-10, max_iter=1000).fit(rows[:, :-1], won)
    centred = np.append(found.coef_[0], 0)
    return centred - centred.mean()


def by_search(comparisons, tasks):
    """Strengths that maximise the likelihood times Jeffreys' prior, found by a search that knows no derivatives."""
    rows = design(comparisons, tasks)[:, :-1]

    def loss(strength):
        margin = rows @ strength
        weight = 1 / (2 + np.exp(margin) + np.exp(-margin))
        return np.logaddexp(0, -margin).sum() - np.linalg.slogdet(rows.T @ (rows * weight[:, None]))[1] / 2

    options = {"xatol": 1e-8, "fatol": 1e-12, "maxiter": 20_000, "maxfev": 20_000}
    found = np.append(minimize(loss, np.zeros(rows.shape[1]), method="Nelder-Mead", options=options).x, 0)
    return found - found.mean()


# ---- strengths


def test_strengths_without_a_prior_are_those_published_for_baseball():
    found = strengths(from_table(TEAMS, BASEBALL), prior=False)
    published = (1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0)
    assert [found[team] - found["Baltimore"] for team in TEAMS] == pytest.approx(published, abs=5e-5)


def test_strengths_without_a_prior_are_those_published_for_journals():
    found = strengths(from_table(JOURNALS, CITATIONS), prior=False)
    published = (0.7899221, -2.1591504, 0.3103523, 1.0588761)
    assert [found[journal] for journal in JOURNALS] == pytest.approx(published, abs=5e-7)


@pytest.mark.parametrize("seed", range(6))
def test_strengths_without_a_prior_are_those_of_a_logistic_regression(seed):
    comparisons = tournament(seed, spread=0.5)
    found = strengths(comparisons, prior=False)
    assert [found[name] for name in NAMES[:6]] == pytest.approx(scikit_learn(comparisons, NAMES[:6]), abs=1e-4)


@pytest.mark.parametrize(
    "comparisons",
    [tournament(0, 4, 2), tournament(1, 4, 1, spread=3), from_table("abc", [(0, 1, 0), (0, 0, 2), (0, 0, 0)])],
)
def test_strengths_with_the_prior_maximise_the_likelihood_times_that_of_jeffreys(comparisons):
    tasks = sorted({name for comparison in comparisons for name in comparison[:2]})
    found = strengths(comparisons)
    assert [found[name] for name in tasks] == pytest.approx(by_search(comparisons, tasks), abs=1e-4)


@given(st.integers(0, 60), st.integers(0, 60))
def test_for_two_tasks_the_prior_is_half_a_win_for_either(wins, losses):
    assume(wins + losses)
    found = strengths(from_table("ab", [(0, wins), (losses, 0)]))
    assert found["a"] - found["b"] == pytest.approx(np.log((wins + 0.5) / (losses + 0.5)), abs=1e-6)


def test_lopsided_comparisons_that_newton_alone_diverges_on_have_their_maximum():
    """At the maximum of the likelihood, every task is expected to win as often as it did."""
    wins = np.array([(0, 1, 1, 1, 0), (30, 0, 0, 0, 0), (0, 500, 0, 0, 0), (1, 30, 500, 0, 1), (30, 0, 0, 1, 0)])
    found = strengths(from_table("abcde", wins.tolist()), prior=False)
    strength = np.array([found[name] for name in "abcde"])
    expected = (wins + wins.T) / (1 + np.exp(strength - strength[:, None]))
    assert expected.sum(axis=1) == pytest.approx(wins.sum(axis=1), abs=1e-6)


def test_540_comparisons_hardly_feel_the_prior():
    comparisons = tournament(0, 8, 1, annotators=range(20), spread=0.4)
    with_prior, without = strengths(comparisons), strengths(comparisons, prior=False)
    assert [with_prior[name] for name in NAMES] == pytest.approx([without[name] for name in NAMES], abs=0.05)


def test_a_task_that_wins_every_comparison_has_a_finite_strength_above_all_others():
    comparisons = [c for c in tournament(0) if "a" not in c[:2]]
    comparisons += [Comparison("a", name, "ann") for name in NAMES[1:6] for _ in range(12)]
    found = strengths(comparisons)
    assert next(iter(found)) == "a"
    assert found["a"] < 10


@given(FULL, st.booleans())
def test_strengths_come_in_order_and_have_the_mean_0(comparisons, prior):
    found = list(strengths(comparisons, prior=prior).values())
    assert found == pytest.approx(sorted(found, reverse=True), abs=1e-6)
    assert sum(found) == pytest.approx(0, abs=1e-9)


@given(FULL, st.permutations(NAMES[:5]), st.booleans())
def test_new_names_keep_their_strengths(comparisons, names, prior):
    new = dict(zip(NAMES[:5], names, strict=True))
    renamed = strengths([Comparison(new[c.winner], new[c.loser], c.annotator) for c in comparisons], prior=prior)
    expected = {new[name]: strength for name, strength in strengths(comparisons, prior=prior).items()}
    assert renamed == pytest.approx(expected, abs=1e-6)


@given(FULL, st.randoms(), st.booleans())
def test_the_order_of_comparisons_does_not_matter(comparisons, chance, prior):
    shuffled = chance.sample(comparisons, len(comparisons))
    assert strengths(shuffled, prior=prior) == strengths(comparisons, prior=prior)


@given(FULL, st.booleans())
def test_to_ask_for_the_more_subjective_task_turns_the_strengths_round(comparisons, prior):
    turned = strengths([Comparison(c.loser, c.winner, c.annotator) for c in comparisons], prior=prior)
    expected = {name: -strength for name, strength in strengths(comparisons, prior=prior).items()}
    assert turned == pytest.approx(expected, abs=1e-6)


@given(FULL, st.integers(2, 5))
def test_every_comparison_several_times_leaves_the_most_likely_strengths(comparisons, times):
    assert strengths(times * comparisons, prior=False) == pytest.approx(strengths(comparisons, prior=False), abs=1e-6)


@given(FULL, st.integers(2, 5))
def test_every_comparison_several_times_lowers_the_weight_of_the_prior(comparisons, times):
    likely = strengths(comparisons, prior=False)
    once, often = (
        sum((found[name] - likely[name]) ** 2 for name in likely)
        for found in (strengths(comparisons), strengths(times * comparisons))
    )
    assert often <= once + 1e-9


@given(FULL, PAIR)
def test_one_more_win_raises_the_winner_over_the_loser(comparisons, pair):
    one, more = (strengths(rows, prior=False) for rows in (comparisons, [*comparisons, Comparison(*pair, "ann")]))
    assert more[pair[0]] - more[pair[1]] > one[pair[0]] - one[pair[1]]


def test_tasks_never_compared_with_each_other_are_refused_by_name():
    comparisons = [*from_table("abc", [(0, 1, 0), (1, 0, 1), (0, 1, 0)]), Comparison("d", "e", "ann")]
    with pytest.raises(ValueError, match=r"^no comparison connects a, b, c with d, e; compare a task of the one with "):
        strengths(comparisons)


@pytest.mark.parametrize(
    ("wins", "message"),
    [
        ([(0, 3, 3), (0, 0, 1), (0, 2, 0)], "a never lost to b, c, so"),
        ([(0, 3, 0), (1, 0, 2), (0, 0, 0)], "a, b never lost to c, so"),
        ([(0, 1, 1), (0, 0, 1), (0, 0, 0)], "a never lost to b, c, so"),
    ],
)
def test_without_a_prior_a_maximum_at_infinity_is_refused_by_name(wins, message):
    with pytest.raises(ValueError, match=f"^{message} the maximum lies at infinity; keep the prior, or compare them m"):
        strengths(from_table("abc", wins), prior=False)


@pytest.mark.parametrize("measure", [strengths, standings, coefficient_of_consistence, coefficient_of_agreement])
def test_no_comparisons_are_refused(measure):
    with pytest.raises(ValueError, match=r"^no comparisons to rank tasks by; give at least one$"):
        measure([])


@pytest.mark.parametrize("measure", [strengths, standings, coefficient_of_consistence, coefficient_of_agreement])
def test_a_task_compared_with_itself_is_refused(measure):
    with pytest.raises(ValueError, match=r"^'a' is compared with itself by 'ann'; a comparison has two tasks$"):
        measure([Comparison("a", "b", "ann"), Comparison("a", "a", "ann")])


# ---- standings


@settings(max_examples=20)
@given(MANY)
def test_a_standing_lies_within_its_intervals(comparisons):
    for row in placed(comparisons):
        assert row.low <= row.strength <= row.high
        assert row.rank_low <= row.rank <= row.rank_high


def test_standings_hold_the_strengths_and_count_the_comparisons_of_each_task():
    comparisons = from_table(TEAMS, BASEBALL)
    rows = standings(comparisons)
    assert {row.task: row.strength for row in rows} == strengths(comparisons)
    assert {row.n for row in rows} == {78}
    assert [row.rank for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert [row.task for row in rows] == list(TEAMS)


def test_a_rank_is_sure_where_the_order_is_clear_and_open_where_it_is_not():
    rows = standings(from_table("cadb", [(0, 9, 9, 9), (0, 0, 5, 9), (0, 5, 0, 9), (0, 0, 0, 0)]))
    assert {row.task: (row.rank_low, row.rank_high) for row in rows} == {
        "c": (1, 1),
        "a": (2, 3),
        "d": (2, 3),
        "b": (4, 4),
    }


def test_equal_strengths_share_a_rank():
    rows = standings(from_table("abc", [(0, 1, 2), (1, 0, 2), (1, 1, 0)]))
    assert [(row.task, row.rank) for row in rows] == [("a", 1), ("b", 1), ("c", 3)]


@pytest.mark.parametrize(("wins", "losses"), [(12, 0), (9, 3), (30, 30), (0, 5)])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_for_two_tasks_and_one_annotator_the_interval_is_that_of_jeffreys(wins, losses, level):
    rows = {row.task: row for row in standings(from_table("ab", [(0, wins), (losses, 0)]), level=level)}
    shares = beta(wins + 0.5, losses + 0.5).ppf([(1 - level) / 2, (1 + level) / 2])
    found = [1 / (1 + np.exp(-2 * bound)) for bound in (rows["a"].low, rows["a"].high)]
    assert found == pytest.approx(shares, abs=0.012)


def test_a_task_that_always_wins_may_be_far_above_the_others():
    comparisons = from_table("abc", [(0, 12, 12), (0, 0, 6), (0, 6, 0)])
    top = standings(comparisons)[0]
    assert top.high - top.strength > 1.5 * (top.strength - top.low) > 0.5


def test_answers_of_one_annotator_hang_together():
    often = [tournament(3, 5, 1, annotators=range(8)) * times for times in (1, 4)]
    one, four = ([row.high - row.low for row in standings(comparisons)] for comparisons in often)
    assert four == pytest.approx(one, rel=0.2)


def test_answers_of_more_annotators_narrow_the_interval():
    few, many = tournament(3, 5, 1, annotators=range(8)), tournament(3, 5, 1, annotators=range(32))
    few, many = (np.mean([row.high - row.low for row in standings(comparisons)]) for comparisons in (few, many))
    assert 2 < few / many < 3.2  # half for four times as many, and the rest as Student's t narrows


def test_comparisons_of_one_annotator_four_times_halve_the_interval():
    one, four = (np.mean([row.high - row.low for row in standings(tournament(0, 5, 8) * times)]) for times in (1, 4))
    assert one / four == pytest.approx(2, rel=0.1)


def test_annotators_who_differ_give_wider_intervals_than_the_same_answers_mixed():
    one, other = tournament(0, 4, 3, annotators=range(6)), tournament(1, 4, 3, annotators=range(6, 9))
    differ = one + [Comparison(c.loser, c.winner, c.annotator) for c in other]
    names = np.random.default_rng(0).permutation([c.annotator for c in differ])
    mixed = [c._replace(annotator=name) for c, name in zip(differ, names, strict=True)]
    apart, alike = (np.mean([row.high - row.low for row in standings(rows)]) for rows in (differ, mixed))
    assert apart > 1.5 * alike


@settings(max_examples=10)
@given(MANY)
def test_a_higher_level_gives_a_wider_interval(comparisons):
    for narrow, wide in zip(*(placed(comparisons, level=level) for level in (0.8, 0.95)), strict=True):
        assert wide.low <= narrow.low <= narrow.high <= wide.high
        assert wide.rank_low <= narrow.rank_low <= narrow.rank_high <= wide.rank_high


@pytest.mark.parametrize("comparisons", [tournament(0, 4), tournament(0, 4, 1, annotators="xyz")])
def test_a_draw_in_pieces_gives_the_same_standings(monkeypatch, comparisons):
    whole = standings(comparisons)
    monkeypatch.setattr(bradley_terry, "CELLS", 16 * 999)
    for row, expected in zip(standings(comparisons), whole, strict=True):
        assert row[1:] == pytest.approx(expected[1:], abs=1e-5)


def test_the_same_seed_gives_the_same_standings_and_another_one_others():
    comparisons = tournament(0)
    assert standings(comparisons, seed=3) == standings(comparisons, seed=3) != standings(comparisons, seed=4)


@pytest.mark.parametrize("level", [0, 1, 95, float("nan")])
@pytest.mark.parametrize("annotators", ["x", "xy"])
def test_a_level_outside_of_0_to_1_is_refused(level, annotators):
    with pytest.raises(ValueError, match=f"^level is {level}; an interval holds a share between 0 and 1, for example "):
        standings(tournament(0, annotators=annotators), level=level)


def test_sparse_comparisons_that_all_went_one_way_are_still_ranked():
    chain = [Comparison(NAMES[i], NAMES[i + 1], "ann") for i in range(7)]
    rows = standings(chain)
    assert [row.task for row in rows] == list(NAMES)
    assert np.isfinite([row[1:] for row in rows]).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("annotators", "differ", "least", "most"),
    [(12, 0.0, 0.93, 0.97), (12, 0.7, 0.93, 0.975), (3, 0.7, 0.97, 1), (1, 0.0, 0.88, 0.95)],
)
def test_intervals_of_95_percent_hold_the_strengths(annotators, differ, least, most):
    """Annotators whose strengths differ from person to person by `differ`; the truth is what all of them would say."""
    chance, mean, pairs = np.random.default_rng(0), np.linspace(1.5, -1.5, 8), list(itertools.combinations(range(8), 2))

    def share(people, i, j):
        return 1 / (1 + np.exp(people[:, j] - people[:, i]))

    everybody = mean + differ * chance.normal(size=(20_000, 8))
    wins = np.zeros((8, 8))
    for i, j in pairs:
        wins[i, j], wins[j, i] = share(everybody, i, j).mean(), share(everybody, j, i).mean()
    truth = dict(zip(NAMES, bradley_terry._most_likely(wins), strict=True))
    held = []
    for seed in range(120):
        people, comparisons = mean + differ * chance.normal(size=(annotators, 8)), []
        for i, j in pairs:
            for person, won in enumerate(chance.random(annotators) < share(people, i, j)):
                comparisons.append(Comparison(NAMES[i if won else j], NAMES[j if won else i], str(person)))
        held += [row.low <= truth[row.task] <= row.high for row in standings(comparisons, seed=seed, draws=1000)]
    assert least <= np.mean(held) <= most


@pytest.mark.benchmark(group="standings of 8 tasks, 12 annotators, 336 comparisons")
def test_speed_of_standings(benchmark):
    rows = benchmark.pedantic(standings, (tournament(0, 8, 1, annotators=range(12)),), rounds=3)
    assert len(rows) == 8


# ---- consistence


def test_the_circles_of_the_dog_are_those_of_kendall_and_babington_smith():
    found = coefficient_of_consistence(from_table(FOODS, DOG))
    assert (found.circular, found.decided, found.zeta, found.share) == (5, 20, 0.375, 0.25)


@given(st.integers(2, 8), st.randoms(use_true_random=False))
def test_circles_are_counted_as_the_scores_of_a_tournament_say(tasks, chance):
    """David (1988): T = k (k - 1) (2 k - 1) / 12 - sum of squared scores / 2."""
    wins = [chance.sample(pair, 2) for pair in itertools.combinations(NAMES[:tasks], 2)]
    scores = [sum(winner == name for winner, _ in wins) for name in NAMES[:tasks]]
    expected = tasks * (tasks - 1) * (2 * tasks - 1) / 12 - sum(score**2 for score in scores) / 2
    assert coefficient_of_consistence([Comparison(*pair, "ann") for pair in wins]).circular == expected


@pytest.mark.parametrize("tasks", [3, 5, 7])
def test_as_many_circles_as_can_be_are_a_consistence_of_0(tasks):
    wins = [(NAMES[i], NAMES[(i + d) % tasks]) for i in range(tasks) for d in range(1, tasks // 2 + 1)]
    assert coefficient_of_consistence([Comparison(*pair, "ann") for pair in wins]).zeta == 0


@pytest.mark.parametrize("tasks", [4, 6, 8])
def test_an_even_number_of_tasks_has_its_own_most_circles(tasks):
    """Regular but for one half of the tasks, which win once more."""
    wins = [(NAMES[i], NAMES[(i + d) % tasks]) for i in range(tasks) for d in range(1, (tasks - 1) // 2 + 1)]
    wins += [(NAMES[i], NAMES[i + tasks // 2]) for i in range(tasks // 2)]
    assert coefficient_of_consistence([Comparison(*pair, "ann") for pair in wins]).zeta == 0


@pytest.mark.parametrize("tasks", [3, 4, 8])
def test_an_order_is_a_consistence_of_1_without_circles(tasks):
    found = coefficient_of_consistence([Comparison(*pair, "ann") for pair in itertools.combinations(NAMES[:tasks], 2)])
    assert (found.circular, found.zeta, found.share, found.worst) == (0, 1, 0, ())


def test_pairs_without_a_majority_leave_a_share_and_no_zeta():
    circle = from_table("abcd", [(0, 2, 0, 1), (1, 0, 1, 1), (1, 0, 0, 1), (0, 0, 1, 0)])
    found = coefficient_of_consistence(circle)
    assert (found.circular, found.decided, found.zeta, found.share) == (1, 2, None, 0.5)


def test_where_no_triad_is_decided_there_is_no_share():
    found = coefficient_of_consistence([Comparison("a", "b", "ann")])
    assert (found.decided, found.share, found.zeta) == (0, None, None)


def test_the_worst_circle_is_the_one_with_the_clearest_majorities():
    wins = [(0, 3, 1, 0), (2, 0, 4, 5), (4, 1, 0, 1), (5, 0, 4, 0)]
    assert (
        coefficient_of_consistence(from_table("abcd", wins)).worst
        == (
            Triad("a", "b", "d", 0.6),
            Triad("a", "b", "c", 0.6),
        )[::-1]
    )


@given(MANY)
def test_every_circle_that_is_named_is_one(comparisons):
    wins = dict.fromkeys(itertools.permutations(NAMES[:5], 2), 0)
    for comparison in comparisons:
        wins[comparison[:2]] += 1
    for one, two, three, majority in coefficient_of_consistence(comparisons).worst:
        for pair in ((one, two), (two, three), (three, one)):
            assert wins[pair] / (wins[pair] + wins[pair[::-1]]) >= majority > 0.5


@given(MANY, st.permutations(NAMES[:5]))
def test_consistence_does_not_depend_on_names(comparisons, names):
    new = dict(zip(NAMES[:5], names, strict=True))
    renamed = [Comparison(new[c.winner], new[c.loser], c.annotator) for c in comparisons]
    one, other = coefficient_of_consistence(comparisons), coefficient_of_consistence(renamed)
    assert one[:4] == other[:4]
    assert sorted(triad.majority for triad in one.worst) == sorted(triad.majority for triad in other.worst)


# ---- agreement of annotators


@given(MANY)
def test_agreement_is_that_of_all_two_answers_looked_at_one_by_one(comparisons):
    same = [
        one.winner == other.winner
        for one, other in itertools.combinations(comparisons, 2)
        if {*one[:2]} == {*other[:2]} and one.annotator != other.annotator
    ]
    found = coefficient_of_agreement(comparisons)
    assert found.n == len(same)
    assert found.share == (pytest.approx(np.mean(same)) if same else None)


@pytest.mark.parametrize("annotators", [2, 5])
def test_agreement_is_the_u_of_kendall_where_everybody_answers_every_pair(annotators):
    """u = 8 sum of C(wins, 2) / (m (m - 1) k (k - 1)) - 1 (Kendall and Babington Smith 1940)."""
    comparisons = tournament(0, 5, 1, annotators=range(annotators))
    wins = {}
    for comparison in comparisons:
        wins[comparison[:2]] = wins.get(comparison[:2], 0) + 1
    same = sum(n * (n - 1) / 2 for n in wins.values())
    assert coefficient_of_agreement(comparisons).u == pytest.approx(8 * same / (annotators * (annotators - 1) * 20) - 1)


def test_annotators_who_all_say_the_same_agree_fully():
    comparisons = [Comparison(*pair, who) for pair in itertools.combinations(NAMES, 2) for who in "xyz"]
    assert coefficient_of_agreement(comparisons)[:2] == (1, 1)


def test_where_no_pair_is_shared_there_is_no_agreement():
    comparisons = [Comparison("a", "b", "x"), Comparison("a", "b", "x"), Comparison("b", "c", "y")]
    assert coefficient_of_agreement(comparisons) == Agreement(None, None, 0)


# ---- subjectivity


def test_subjectivity_is_the_strength_with_its_sign_turned():
    comparisons = tournament(0)
    for row, found in zip(standings(comparisons, seed=2), subjectivities(comparisons, seed=2), strict=True):
        assert found[:4] == (row.task, -row.strength, -row.high, -row.low)
        assert (found.n, found.low <= found.value <= found.high) == (row.n, True)


def test_the_least_subjective_task_comes_first():
    values = [found.value for found in subjectivities(tournament(0))]
    assert values == sorted(values)


@pytest.mark.parametrize(
    ("annotators", "source"),
    [
        (["ann"], "1 comparison by 1 person"),
        (["ann", "ben", "ann"], "3 comparisons by 2 people"),
        ([stand_in_name("qwen")], "1 comparison by the stand-in model:qwen"),
        ([stand_in_name("b"), stand_in_name("a")], "2 comparisons by the stand-ins model:a, model:b"),
        (["ann", stand_in_name("qwen")], "2 comparisons by 1 person and the stand-in model:qwen"),
    ],
)
def test_the_source_says_whether_people_or_generators_were_asked(annotators, source):
    found = subjectivities([Comparison("a", "b", annotator) for annotator in annotators])
    assert {row.source for row in found} == {f"Bradley-Terry strength, {source}"}


def test_a_task_that_was_never_compared_has_no_subjectivity():
    assert {found.task for found in subjectivities([Comparison("a", "b", "ann")])} == {"a", "b"}


def test_agreement_becomes_subjectivity_with_its_bounds_turned():
    found = from_agreement("imdb", 0.75, low=0.5, high=0.875, source="5 annotators a text", n=100)
    assert found == Subjectivity("imdb", 0.25, 0.125, 0.5, "1 - mean agreement, 5 annotators a text", 100)


def test_alpha_may_be_negative_and_have_no_interval():
    found = from_agreement("imdb", -0.5, measure="Krippendorff's alpha", source="3 annotators", n=9)
    assert found == Subjectivity("imdb", 1.5, None, None, "1 - Krippendorff's alpha, 3 annotators", 9)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"agreed": -0.5}, "mean agreement is -0.5; it lies in 0 to 1"),
        ({"agreed": 0.5, "high": 75}, "mean agreement is 75; it lies in 0 to 1"),
        ({"agreed": 0.5, "low": float("nan")}, "mean agreement is nan; it lies in 0 to 1"),
        ({"agreed": -2, "measure": "Krippendorff's alpha"}, "Krippendorff's alpha is -2; it lies in -1 to 1"),
    ],
)
def test_an_agreement_that_cannot_be_is_refused(numbers, message):
    with pytest.raises(ValueError, match=f"^task 'imdb': {message}$"):
        from_agreement("imdb", source="nobody", n=1, **numbers)


def test_an_unknown_measure_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"^unknown measure 'kappa'; measures: mean agreement, Krippendorff's alpha$"):
        from_agreement("imdb", 0.5, measure="kappa", source="nobody", n=1)


# ---- the same answer again


@given(MANY)
def test_whoever_says_everything_twice_says_the_same_and_whoever_turns_it_round_never(comparisons):
    distinct = list({(frozenset(c[:2]), c.annotator): c for c in comparisons}.values())
    turned = [Comparison(c.loser, c.winner, c.annotator) for c in distinct]
    assert repeatability(distinct * 2) == (1.0, len(distinct))
    assert repeatability(distinct + turned) == (0.0, len(distinct))


def test_two_annotators_who_differ_have_said_nothing_twice():
    assert repeatability([Comparison("a", "b", "ann"), Comparison("b", "a", "ben")]) == (None, 0)
