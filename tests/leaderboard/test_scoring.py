"""The score of a file of texts: what it says of texts whose worth is known, and of files that do not fit."""

import asyncio
import dataclasses
import html.parser
import itertools
import re
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import synthworth
from encoders import texts as encoder_texts
from encoders import tiny_bert
from reviews import GERMAN, KIND, reviews
from synthworth.core import Example, labelled_texts
from synthworth.leaderboard.scoring import trainings
from synthworth.leaderboard.scoring.classifiers import Prediction, learner_of
from synthworth.leaderboard.scoring.draws import curve_sizes, drawn, half, sampled_in_shares, with_halves
from synthworth.leaderboard.scoring.page import page
from synthworth.leaderboard.scoring.pools import Pools, pools_of
from synthworth.leaderboard.scoring.sentences import _against, in_words, next_step, note_on_width
from synthworth.leaderboard.scoring.text_checks import checked
from synthworth.leaderboard.scoring.trainings import trained
from synthworth.measures.statistics import Estimate, Sample, Worth, interval_of, variance_of_mean

TEST, REAL = reviews(300, seed=1, noise=0.1), reviews(300, seed=2, noise=0.1)


@pytest.fixture(scope="module")
def good():
    """The score of texts of the same kind as the real ones."""
    return synthworth.score(*reviews(100, seed=3, noise=0.1), test=TEST, real=REAL, classifier="tfidf")


def test_texts_of_the_same_kind_as_real_ones_are_worth_about_their_number(good):
    assert good.worth.low <= 50 <= good.worth.high
    assert good.answer.startswith("These 100 written texts (50 per label) are worth ")
    assert good.verdicts[0].startswith("They beat guessing, by ")


def test_texts_whose_labels_are_turned_round_are_worth_nothing_and_the_answer_says_so():
    texts, labels = reviews(100, seed=3)
    turned = ["pos" if label == "neg" else "neg" for label in labels]
    found = synthworth.score(texts, turned, test=TEST, real=REAL, classifier="tfidf")
    assert found.worth.high < 5
    assert "fewer than 5 real ones per label (and so is all of its 95 % interval)" in found.answer
    assert found.verdicts[0].startswith("They lose to guessing")
    assert found.next_step.startswith("Check the labels")
    assert found.texts.fidelity.verdict == "labels at chance"


def test_texts_that_say_nothing_do_not_beat_guessing():
    texts = [f"A film of {n} minutes about {n % 7} people." for n in range(100)]
    found = synthworth.score(texts, ["pos", "neg"] * 50, test=TEST, real=REAL, classifier="tfidf")
    assert found.worth.value < 5
    assert "cannot be told from guessing" in found.verdicts[0] or "lose to guessing" in found.verdicts[0]


def test_the_same_texts_get_the_same_score(good):
    assert synthworth.score(*reviews(100, seed=3, noise=0.1), test=TEST, real=REAL, classifier="tfidf") == good


def test_a_score_is_computed_inside_a_running_loop(good):
    async def in_a_notebook():
        return synthworth.score(*reviews(100, seed=3, noise=0.1), test=TEST, real=REAL, classifier="tfidf")

    assert asyncio.run(in_a_notebook()).macro_f1 == good.macro_f1


def test_a_score_cannot_be_changed(good):
    with pytest.raises(dataclasses.FrozenInstanceError):
        good.answer = "better"


def test_a_frame_has_a_row_for_each_way_to_train(good):
    frame = good.to_frame()
    assert list(frame.trained_on[:3]) == ["written texts", "nothing: guessing", "5 real per label"]
    assert frame.macro_f1[0] == good.macro_f1.value
    against = good.scores[2].written_over_it
    assert tuple(frame.loc[2, ["difference", "difference_low", "difference_high"]]) == against


class Tags(html.parser.HTMLParser):
    """Collects the tags of a page, and fails on one that is not closed in its turn."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in ("br", "meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_notebook_and_a_page_show_tables_and_no_markup_of_a_text():
    texts, labels = reviews(40, seed=3)
    found = synthworth.score(
        ["<script>alert(1)</script> a bore", *texts], ["pos", *labels], test=TEST, real=REAL, classifier="tfidf"
    )
    assert any("<script>" in one.text for one in found.texts.suspects)
    for shown in (found._repr_html_(), page(found, "What <b>it</b> is worth")):
        tags = Tags()
        tags.feed(shown)
        assert not tags.open
        assert "table" in tags.seen
        assert "b" not in tags.seen
        assert "<script>alert" not in shown


def test_a_page_is_whole_alone_and_its_policy_lets_nothing_in(good):
    shown = page(good, "What it is worth")
    assert "default-src &#39;none&#39;" in shown
    assert "http://" not in shown.replace("http://www.w3.org", "")
    assert good.answer.replace("'", "&#39;") in shown


# ---- copies and the test texts themselves


def test_copies_of_test_texts_are_left_out_and_named():
    texts, labels = reviews(60, seed=3)
    found = synthworth.score([*texts, *TEST[0][:5]], [*labels, *TEST[1][:5]], test=TEST, real=REAL, classifier="tfidf")
    assert found.texts.copies == 5
    assert found.scores[0].texts == 60
    assert found.next_step.startswith("Take the 5 copies of test texts out")
    assert found.next_step.count(". ") == 1  # and then how to use the rest
    assert any("copies a test text (same)" in one.reasons for one in found.texts.suspects)


def test_the_real_text_that_a_suspect_copies_stands_beside_it_in_the_terminal_and_on_the_page(good):
    texts, labels = reviews(60, seed=3)
    original = " ".join(TEST[0][:8])
    test = ([original, *TEST[0][8:]], TEST[1][7:])
    copy = original.upper() + "!"
    found = synthworth.score([*texts, copy], [*labels, test[1][0]], test=test, real=REAL, classifier="tfidf")
    assert (found.texts.suspects[0].text, found.texts.suspects[0].original) == (copy, original)
    assert f"{copy[:67]}...  {original[:67]}..." in str(found)
    assert f"<td>{copy}</td><td>{original}</td>" in page(found, "a page")
    assert "the real text" not in str(good)  # no copies, no column


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.0, 12.2, "fewer than 5 to 12"), (8.4, 200.0, "8 to more than 100"), (6.0, 40.0, "6 to 40")],
)
def test_the_advice_not_to_decide_names_the_interval_that_the_answer_has(good, low, high, said):
    worth = Worth(11.0, low, high, least=5, most=100)
    assert f"(95 %: {said})" in in_words(worth)
    outcome = SimpleNamespace(worth=worth, curve={}, written=Sample(np.array([0.9, 0.9]), 0.0), floor=0.5)
    pools = pools_of(labelled_texts("w", *reviews(20)), labelled_texts("t", *TEST), None, {})
    assert f"do not decide yet: the interval reaches from {said};" in next_step(pools, outcome, good.texts).lower()


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3).map(sorted))
def test_by_how_much_one_beats_or_loses_lies_in_the_interval_beside_it(numbers):
    low, value, high = numbers
    said = _against("guessing", Estimate(value, low, high))
    told, *ends = (float(number) for number in re.findall(r"[-+]?\d\.\d{3}", said))
    assert ends[0] <= told <= ends[1]
    if low > 0 or high < 0:
        assert said.startswith("They beat guessing, by " if low > 0 else "They lose to guessing, by ")
        assert (told, ends) == (round(abs(value), 3), sorted(round(abs(end), 3) for end in (low, high)))
    else:
        assert "the difference is" in said


def test_an_interval_without_width_is_said_to_be_no_certainty(good):
    labels = ["pos", "neg"] * 30
    easy = [([f"{n} {who} is {label}" for n, label in enumerate(labels)], labels) for who in ("one", "other")]
    written = [f"note {n} {label}" for n, label in enumerate(labels)], labels
    found = synthworth.score(*written, test=easy[0], real=easy[1], classifier="tfidf")
    assert found.macro_f1 == (1.0, 1.0, 1.0)
    (note,) = (one for one in found.notes if "no width" in one)
    assert "all 60 test texts right" in note
    assert "up to 4.9 % of other texts may be wrong" in note  # 0.951 ** 60 is 0.05
    always_one_label = SimpleNamespace(written=Sample(np.full(6, 0.333), 0.0))
    assert note_on_width(always_one_label, 60)[0].startswith("every training has the same score, so that")
    assert not any("no width" in one for one in good.notes)


@pytest.mark.filterwarnings("error")
def test_many_labels_with_a_text_each_are_scored_in_silence_and_listed_in_brief():
    labels = [f"label {number}" for number in range(30)]
    texts = [f"about topic{number} and word{number}" for number in range(30)]
    real, test = (
        ([f"{n} says topic{number}" for n in who for number in range(30)], labels * 2) for who in ("ab", "cd")
    )
    found = synthworth.score(texts, labels, test=test, real=real, classifier="tfidf")
    (short,) = (note for note in found.notes if note.startswith("no worth"))
    assert short.endswith("2 of 'label 11' and 2 of 18 more")
    assert len(found.next_step) < 400


@pytest.mark.parametrize("test", [{"text": ["a"], "label": ["b"]}, 7, zip("abc", "abc", strict=True)])
def test_what_is_no_pair_of_texts_and_labels_is_refused_with_what_to_give(test):
    with pytest.raises(ValueError, match=r"^the test texts: .*; give a file, or a pair \(texts, labels\)$"):
        synthworth.score(["a"], ["b"], test=test)


def test_texts_that_are_all_copies_are_refused():
    with pytest.raises(ValueError, match="without the 300 copies of test texts, fewer than two labels have texts left"):
        synthworth.score(*TEST, test=TEST, real=REAL, classifier="tfidf")


def test_without_real_texts_half_of_a_large_test_set_stands_for_them():
    found = synthworth.score(*reviews(100, seed=3), test=TEST, classifier="tfidf")
    assert found.worth is not None
    assert any("stand for real training texts" in note for note in found.notes)


def test_without_real_texts_and_with_few_test_texts_there_is_a_score_and_what_is_missing():
    found = synthworth.score(*reviews(100, seed=3), test=reviews(24, seed=1), classifier="tfidf")
    assert found.worth is None
    assert found.answer.endswith("their worth in real texts needs real texts.")
    assert any("give them with --real" in note for note in found.notes)
    assert found.next_step.startswith("Give real training texts")


@pytest.mark.parametrize(
    ("rare", "said", "rows"),
    [(9, "9 of 'neg'", ["all real texts", "real and written"]), (0, "0 of 'neg'", [])],
)
def test_real_texts_that_are_too_few_for_a_curve_are_named_and_compared_with_as_they_are(rare, said, rows):
    texts, labels = reviews(60 + rare, seed=2, share=rare / (60 + rare))
    found = synthworth.score(*reviews(100, seed=3), test=TEST, real=(texts, labels), classifier="tfidf")
    assert found.worth is None
    assert f"no worth: a learning curve needs 10 texts of each label; the real texts: {said}" in found.notes
    assert found.answer.endswith("their worth in real texts needs 10 of each label to train on.")
    assert found.next_step == f"Add real training texts to 10 of each label at least; those given have {said}."
    assert [row.trained_on for row in found.scores][2:] == rows


def test_real_texts_that_teach_nothing_are_not_asked_for_again():
    texts = [f"A film of {n} minutes about {n % 7} people." for n in range(100)]
    real = (texts, ["pos", "neg"] * 50)
    found = synthworth.score(*reviews(100, seed=3), test=TEST, real=real, classifier="tfidf")
    assert found.worth is None
    assert "--real" not in found.next_step


def test_neither_side_of_a_split_test_set_has_a_text_of_the_other():
    written, test = labelled_texts("w", *reviews(20)), labelled_texts("t", *TEST)
    pools = pools_of(written, test, None, {})
    assert not {e.text for e in pools.real} & {e.text for e in pools.test}
    assert len(pools.real) + len(pools.test) == 300


# ---- what is told of all real texts


class Lopsided:
    """A classifier that finds a rare text as often as five times their share of the training texts."""

    name = words = "lopsided"
    draws, is_seeded = 6, False

    def predict(self, train, texts, labels, seed=0):
        common, rare = labels
        found = 5 * [example.label for example in train].count(rare) / len(train)
        return Prediction(tuple(rare if int(text) < 100 * found else common for text in texts))


def of_two(common, rare, first=0):
    """Numbers as texts, the rare ones from `first` and the common ones from 1,000 above; and their labels."""
    texts = [*range(first, first + rare), *range(first + 1000, first + 1000 + common)]
    return [*map(str, texts)], ["rare"] * rare + ["common"] * common


def test_the_advice_to_mix_is_about_all_real_texts_and_not_about_as_many_of_each_label():
    """Mixing scores lower than the 60 and 60 real texts of the curve, and higher than all real ones, 1,500 and 60."""
    sets = of_two(60, 60, first=10_000), of_two(300, 100), of_two(1500, 60, first=20_000)
    pools = pools_of(*(labelled_texts("numbers", *texts) for texts in sets), {})
    outcome = trained(pools, Lopsided(), {})
    balanced, mixed = outcome.curve[60].mean, outcome.others["real and written"].mean
    assert outcome.all_real.mean < mixed < balanced
    texts = dataclasses.replace(checked(pools, Lopsided()), fidelity=None)
    assert next_step(pools, outcome, texts).startswith("Train on them together with your real")
    assert outcome.sizes["all real texts"] == 1560
    assert outcome.of_real == Lopsided().predict(pools.real, [e.text for e in pools.test], pools.labels)


def test_real_texts_with_as_many_of_each_label_are_trained_on_once(good):
    assert [row.trained_on for row in good.scores][-2:] == ["150 real per label", "real and written"]


# ---- labels


def test_descriptions_are_scored_as_a_free_alternative():
    described = {"Pos": "a joy to watch, warm, moving, best, funny", "neg": "a bore, cold, tiring, worst, loud"}
    found = synthworth.score(*reviews(60), test=TEST, real=REAL, descriptions=described, classifier="tfidf")
    assert "the label descriptions alone" in found.verdicts[1]
    assert [row.trained_on for row in found.scores][2] == "label descriptions"
    with pytest.raises(ValueError, match="no description of 'neg'; describe all labels"):
        synthworth.score(*reviews(60), test=TEST, real=REAL, descriptions={"pos": "kind"}, classifier="tfidf")


def test_a_rare_label_has_its_average_precision_beside_that_of_guessing():
    test, real = (reviews(400, seed=seed, share=0.05) for seed in (1, 2))
    found = synthworth.score(*reviews(100, seed=3), test=test, real=real, classifier="tfidf")
    rare = found.labels[-1]
    assert (rare.label, rare.written.rows) == ("neg", 20)
    assert 0.9 <= rare.average_precision <= 1
    assert "'neg' is rare, 5.0 % of the test texts: its average precision is" in str(found)


def test_of_many_labels_the_worst_come_first_and_none_is_called_rare():
    kinds = {f"kind{n:02}": f"word{n:02}" for n in range(14)}

    def texts(each, name):
        pairs = [(f"{word} {name} {n}", label) for label, word in kinds.items() for n in range(each)]
        return tuple(zip(*pairs, strict=True))

    written = texts(4, "written")
    turned = ["kind12" if label == "kind13" else "kind13" if label == "kind12" else label for label in written[1]]
    found = synthworth.score(written[0], turned, test=texts(5, "real"), classifier="tfidf")
    table = found.tables()[1]
    assert {row["label"] for row in table.rows[:2]} == {"kind12", "kind13"}
    assert "rare" not in table.note


def test_spellings_of_a_label_within_the_test_texts_are_one_label():
    texts, labels = TEST
    spelled = [label.upper() if n % 5 == 0 else label for n, label in enumerate(labels)]
    found = synthworth.score(*reviews(60, seed=3), test=(texts, spelled), real=REAL, classifier="tfidf")
    assert {row.label for row in found.labels} == {"pos", "neg"}
    assert any(note.startswith("the test texts: labels that differ in spelling alone are one") for note in found.notes)


def test_a_label_that_no_written_text_has_is_a_note_and_the_first_thing_to_mend():
    three = {**KIND, "mixed": ("so and so", "half good and half bad")}
    texts, labels = reviews(100, seed=1)
    more = [f"{three['mixed'][n % 2]}, scene {n}" for n in range(40)]
    test = ([*texts, *more], [*labels, *["mixed"] * 40])
    found = synthworth.score(*reviews(60, seed=3), test=test, classifier="tfidf")
    assert found.labels[-1].written.recall == 0
    assert any("has no text with the label 'mixed'" in note for note in found.notes)
    assert found.next_step.startswith("Add texts with the label 'mixed': none is left that could teach it.")


def test_a_label_of_which_only_copies_of_test_texts_are_written_is_lacking():
    (tests, its), (texts, labels) = reviews(60, seed=1), reviews(60, seed=2)
    rare = [f"A ship of {n} masts came in at noon." for n in "abcdefghijkl"]
    written = [*texts, *rare], [*labels, *["ship"] * 12]
    found = synthworth.score(*written, test=([*tests, *rare], [*its, *["ship"] * 12]), classifier="tfidf")
    said = "has no text with the label 'ship' left without the copies of test texts: nothing can learn it from there"
    assert any(note.endswith(said) for note in found.notes)
    assert found.next_step.startswith("Add texts with the label 'ship'")


def test_a_real_text_counts_once_and_repeats_and_contradictions_are_said():
    (tests, its), (real, of_real) = reviews(60, seed=1), reviews(60, seed=2)
    torn = "pos" if its[0] == "neg" else "neg"
    known = ["pos", "neg"]
    pools = pools_of(
        labelled_texts("written", *reviews(40, seed=3)),
        labelled_texts("test", [*tests * 3, tests[0]], [*its * 3, torn]),
        labelled_texts("real", [*real * 2, "Fog, rain.", "fog rain"], [*of_real * 2, *known]),
        {},
    )
    different = {(text, label) for text, label in zip(tests, its, strict=True)}
    assert [(e.text, e.label) for e in pools.test] == [*dict.fromkeys(zip(tests, its, strict=True)), (tests[0], torn)]
    assert len({(e.text, e.label) for e in pools.real}) == len(pools.real)
    again = 3 * len(tests) - len(different)
    assert f"test: {again} texts that another repeats left out" in pools.notes
    assert "test: 1 text comes under several labels" in pools.notes
    assert "real: 1 text comes under several labels" in pools.notes


def test_a_label_map_that_merges_nothing_is_not_blamed_for_a_file_of_one_label():
    texts, labels = reviews(40, seed=1)
    numbers = ["0" if label == "neg" else "1" for label in labels]
    with pytest.raises(ValueError, match=r"all 40 texts have the label 'ham'; add texts with the label 'spam'"):
        pools_of(
            labelled_texts("w", texts, ["0"] * 40), labelled_texts("t", texts, numbers), None, {"0": "ham", "1": "spam"}
        )


def test_texts_of_one_label_alone_are_refused_on_either_side():
    with pytest.raises(ValueError, match="all 2 texts have the label 'pos'; add texts with the label 'neg'"):
        synthworth.score(["a", "b"], ["pos", "pos"], test=TEST)
    with pytest.raises(ValueError, match="the test texts: all 2 texts have the label 'pos'; add texts with another"):
        synthworth.score(*reviews(20), test=(["a", "b"], ["pos", "pos"]))


def test_numbers_for_names_are_mapped():
    texts, labels = reviews(60, seed=3)
    numbers = [int(label == "pos") for label in labels]
    found = synthworth.score(
        texts, np.array(numbers), test=TEST, real=REAL, label_map={"1": "pos", "0": "neg"}, classifier="tfidf"
    )
    assert found.macro_f1.value > 0.8


def test_a_whole_frame_for_a_pair_is_refused_with_what_to_give():
    frame = pytest.importorskip("pandas").DataFrame({"text": TEST[0], "label": TEST[1]})
    with pytest.raises(ValueError, match=r"the test texts: a whole frame; give two of its columns, as \(frame"):
        synthworth.score(*reviews(20), test=frame)


def test_texts_without_labels_and_labels_beside_a_file_are_refused():
    with pytest.raises(ValueError, match="texts without labels"):
        synthworth.score(["a"], test=TEST)
    with pytest.raises(ValueError, match="labels are given beside a file"):
        synthworth.score("written.csv", ["a"], test=TEST)
    with pytest.raises(ValueError, match=r"unknown classifier 'probes'; classifiers: .*; did you mean probe\?"):
        synthworth.score(*reviews(20), test=TEST, classifier="probes")


def test_texts_of_another_language_are_scored():
    written, test, real = (reviews(80, seed=seed, kinds=GERMAN) for seed in (1, 2, 3))
    assert synthworth.score(*written, test=test, real=real, classifier="tfidf").macro_f1.value > 0.9


def test_texts_of_another_language_are_not_given_to_an_embedder_that_knows_english():
    assert learner_of("", "de").name == "tfidf"
    assert learner_of("probe", "de").name == "probe"


# ---- draws


def pool_of(count, share=0.5):
    return tuple(Example(id=str(n), text=f"{n}", label="ab"[n < share * count]) for n in range(count))


def test_a_smaller_draw_lies_within_a_larger_one_and_seeds_differ():
    pool = pool_of(100)
    assert set(drawn(pool, 5, 0)) < set(drawn(pool, 20, 0))
    assert set(drawn(pool, 20, 0)) != set(drawn(pool, 20, 1))
    assert [e.label for e in drawn(pool, 5, 0)].count("a") == 5


def test_half_of_a_pool_is_half_of_each_label_and_at_least_one():
    assert sorted(e.label for e in half(pool_of(40, share=0.1), 0)) == ["a"] * 18 + ["b"] * 2
    assert {e.label for e in half(pool_of(2), 0)} == {"a", "b"}


def test_a_sample_keeps_the_shares_and_all_of_a_rare_label():
    kept = [e.label for e in sampled_in_shares(pool_of(10_000, share=0.001), 1000)]
    assert kept.count("b") == 10
    assert 985 <= kept.count("a") <= 1000


@given(st.lists(st.integers(1, 60), min_size=1, max_size=9), st.integers(1, 200))
def test_a_sample_without_a_least_has_as_many_as_were_asked_for(counts, most):
    pool = [Example(id=f"{n}-{m}", text="", label=str(n)) for n, count in enumerate(counts) for m in range(count)]
    kept = Counter(example.label for example in sampled_in_shares(pool, most, least=0))
    assert kept.total() == min(most, len(pool))
    assert all(abs(kept[str(n)] - kept.total() * count / len(pool)) < 1 for n, count in enumerate(counts))


def test_written_texts_are_compared_with_as_many_real_ones():
    """Each real text has a word of its own: their different words count them, 24 with 2 labels of 12."""
    written, test = reviews(24, seed=3), reviews(100, seed=1)
    real = [f"{n:03} {label}" for n, label in enumerate(REAL[1])], REAL[1]
    found = synthworth.score(*written, test=test, real=real, classifier="tfidf")
    (different,) = (row.real for row in found.texts.beside if row.name == "different words")
    assert different == 24 + 2


def test_a_curve_ends_with_the_whole_pool():
    assert curve_sizes(1756)[-2:] == [1000, 1756]
    assert curve_sizes(10) == [5, 10]
    assert all(10 in curve_sizes(most) for most in range(10, 60))


def test_halves_say_how_far_fresh_sets_would_lie_apart():
    """A score that is a mean over its texts: 95 % of the intervals hold the truth, within what 800 sets can tell."""
    lot, held, texts, runs = np.random.default_rng(0), 0, 60, 6
    for _ in range(800):
        values = lot.normal(0.7, 0.3, texts)
        halves = np.array([lot.choice(values, texts // 2, replace=False).mean() for _ in range(runs)])
        sample = with_halves(Sample(np.array([values.mean()]), 0.0), Sample(halves, 0.0))
        low, high = interval_of(sample.mean, variance_of_mean(sample))
        held += low <= 0.7 <= high
    assert 0.92 <= held / 800 <= 0.98


class Centroids:
    """A classifier that takes the label whose training texts are nearest on average; a text is a point's number."""

    name = words = "centroids"
    draws, is_seeded = 6, False

    def __init__(self, points):
        self.points = points

    def predict(self, train, texts, labels, seed=0):
        ours, theirs = (self.points[[int(text) for text in side]] for side in ([e.text for e in train], texts))
        of = np.array([example.label for example in train])
        apart = [((theirs - ours[of == label].mean(axis=0)) ** 2).sum(axis=1) for label in labels]
        return Prediction(tuple(labels[place] for place in np.argmin(apart, axis=0)))


def simulated(seed, sizes=(20, 100, 200), dimensions=100):
    """The outcome of a world in which 20 written texts per label are drawn as real ones are: they are worth 20."""
    lot, labels = np.random.default_rng(seed), [label for size in sizes for label in "ab" for _ in range(size)]
    points = np.array([lot.normal(0.15 if label == "a" else -0.15, 1, dimensions) for label in labels])
    numbered = iter(enumerate(labels))
    written, real, test = (
        tuple(Example(id=str(n), text=str(n), label=label) for n, label in itertools.islice(numbered, 2 * size))
        for size in sizes
    )
    pools = Pools(
        labels=("a", "b"), written=written, real=real, test=test, copies=(), copies_of_real=(), all_written=written
    )
    return trained(pools, Centroids(points), {})


def test_intervals_of_the_worth_hold_a_known_one(monkeypatch):
    """Of 60, 57 are expected. Without what halves say of fresh written texts, only 52 hold it."""
    monkeypatch.setattr(trainings, "SCORE_RESAMPLES", 300)
    found = [simulated(seed).worth for seed in range(60)]
    assert sum(worth.low <= 20 <= worth.high for worth in found) >= 54
    assert sum(worth.low > worth.least or worth.high < worth.most for worth in found) >= 30


# ---- classifiers


def test_an_encoder_is_fine_tuned_and_kept(tmp_path, monkeypatch):
    """A label that no text has is never predicted, as the classifiers on words and on embeddings do it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder, train = tiny_bert(tmp_path / "tiny"), encoder_texts(8)
    learner = learner_of(folder)
    asked = ["the old apple", "iron and zinc"]
    first = learner.predict(train, asked, ("fruit", "metal", "river", "none"))
    assert set(first.labels) <= {"fruit", "metal", "river"}
    assert first.shares is None
    assert learner.predict(train, asked, ("fruit", "metal", "river", "none")) == first
    assert list((tmp_path / "cache").rglob("*.json"))


def test_words_say_how_likely_each_label_is():
    train = [Example(id="1", text="snow", label="cold"), Example(id="2", text="sun", label="warm")]
    found = learner_of("tfidf").predict(train, ["snow and snow", "sun"], ("warm", "cold", "wet"))
    assert found.labels == ("cold", "warm")
    assert found.shares[:, 2].tolist() == [0, 0]
    assert found.shares.sum(axis=1).round(6).tolist() == [1, 1]
