"""Refinements of training sets: how they are written, what each removes, and that the quota is full again."""

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import toys
from synthworth.core.completion import Completion
from synthworth.core.task import Example
from synthworth.generation.collect import Draw, Generated, Sources, collect
from synthworth.generation.generator import Generator
from synthworth.generation.methods.registry import BUILT_IN, Method, is_drawn, is_written, names_in, resolve
from synthworth.generation.methods.registry import with_refinements as beside
from synthworth.generation.plan import Walk
from synthworth.generation.prompts import zero_shot
from synthworth.generation.recording import Recording
from synthworth.generation.refinements.chain import REFINEMENTS, Chain, chains
from synthworth.generation.refinements.draft import Draft
from synthworth.generation.refinements.refill import MOST, in_turn, refined

TASK = toys.task()
GOOD, BAD = TASK.labels
WORDS = ["fog", "rain", "harbour", "match", "train", "cheese", "violin", "moss", "ladder", "copper"]


def embed(texts):
    """A direction for each word, and a text's mean of them."""
    counts = np.array([[text.split().count(word) for word in WORDS] for text in texts], dtype=np.float32) + 1e-3
    return counts / np.linalg.norm(counts, axis=1, keepdims=True)


def example(text, label=GOOD, number=0):
    return Example(id=f"{label}/{text}/{number}", text=text, label=label)


class Voter:
    """A generator that labels a text by its first word, or as `vote` says; remembers the requests."""

    def __init__(self, vote=lambda text, sample: text.split()[0]):
        self.requests, self._vote = [], vote

    def complete(self, requests):
        self.requests += requests
        texts = [request.messages[-1]["content"].partition("\n")[0][6:] for request in requests]
        votes = [self._vote(text, request.sample) for text, request in zip(texts, requests, strict=True)]
        return [Completion(text=vote, finish_reason="stop") for vote in votes]


def draft(client=None, per_label=10, seed=0, task=TASK):
    return Draft(task=task, sources=Sources(client=client or Voter()), per_label=per_label, seed=seed, embed=embed)


def refine(text, examples, **given_to):
    (step,) = Chain.parse(text).steps
    return step(draft(**given_to), examples)


def numbered(task, sources, per_label, seed):
    """A method that writes texts without asking: the n-th is the same whatever the quota, every fifth repeats one."""
    made = [
        example(f"{label} {' '.join(random.Random(f'{seed}/{label}/{n - n % 5 // 4}').sample(WORDS, 4))}", label, n)
        for label in task.labels
        for n in range(per_label)
    ]
    return Generated(examples=tuple(made), attempts=len(made) + 2, dropped={GOOD: {"length": 2}})


def makes(text, per_label=10, make=numbered, seed=0, client=None, monkeypatch=None):
    return refined(make, Chain.parse(text))(TASK, Sources(client=client or Voter()), per_label, seed)


@pytest.fixture(autouse=True)
def _embedder(monkeypatch):
    monkeypatch.setattr("synthworth.training.embedding._embed", lambda texts, progress: embed(texts))


# ---- how they are written


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("dedup", "dedup"),
        (" dedup() ", "dedup"),
        ("dedup(0.950)", "dedup(0.95)"),
        ("dedup(cosine=1)", "dedup(1)"),
        ("relabel", "relabel(votes=3)"),
        ("relabel(5)|filter", "relabel(votes=5)|filter(agreement=0.6,votes=5)"),
        ("relabel(votes=5)|filter(votes=3, agreement=1)", "relabel(votes=5)|filter(agreement=1,votes=3)"),
        ("filter(by = demonstrations)", "filter(by=demonstrations)"),
        ("select(k-centre) | balance", "select(k-centre)|balance"),
        ("select(k-centre) | reweight", "select(k-centre)|reweight(q=0.7)"),
        ("dedup|reweight(0.50)", "dedup|reweight(q=0.5)"),
    ],
)
def test_each_spelling_has_one_name_which_reads_as_itself(text, name):
    assert str(Chain.parse(text)) == name == str(Chain.parse(name))


STEPS = st.sampled_from(
    ["dedup", "dedup(0.9)", "relabel(votes=2)", "relabel(by=demonstrations)", "filter(0.5)", "consistency", "balance"]
)


@given(st.lists(STEPS, min_size=1, max_size=5), st.sampled_from(["|", " | ", "|  "]))
def test_a_name_reads_as_itself(steps, bar):
    name = str(Chain.parse(bar.join(steps)))
    assert str(Chain.parse(name)) == name
    assert chains(f"none,{name}") == ("", name)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("dedupe", "unknown refinement 'dedupe'; refinements: dedup, relabel, filter, .*; did you mean dedup?"),
        ("dedup(2)", r"dedup\(2\): cosine is 2; give 0.01 to 1, as in dedup or dedup\(0.01 to 1\)"),
        ("dedup(near)", "cosine is near"),
        ("dedup(0.9, 0.8)", r"cannot read '0.8'; write dedup or dedup\(0.01 to 1\)"),
        ("dedup(x=1)", r"cannot read 'x=1'; write dedup"),
        ("dedup(0.9", "is no refinement; write as in"),
        ("relabel(votes=0)", "votes is 0; give 1 to 99"),
        ("relabel(votes=2.5)", "votes is 2.5; give 1 to 99"),
        ("relabel(votes=3, votes=4)", "cannot read 'votes=4'"),
        (
            "relabel(votes=3, by=demonstrations)",
            r"by stands alone; write relabel or relabel\(votes=1 to 99\) or relabel\(by",
        ),
        ("balance(3)", "cannot read '3'; write balance"),
        ("reweight(2)", "q is 2; give 0.01 to 1"),
        ("reweight|dedup", "reweight weighs the texts that are left; put it last"),
        ("select", r"select lacks an argument; write select\(k-centre or facility-location\)"),
        ("select(best)", "by is best; give k-centre or facility-location"),
        ("select(k-centre)|dedup", "only balance may follow it"),
    ],
)
def test_what_cannot_be_read_is_one_line_with_what_is_allowed(text, problem):
    with pytest.raises(ValueError, match=problem) as caught:
        chains(text)
    assert "\n" not in str(caught.value)


def test_all_is_the_methods_as_they_are_and_each_refinement_by_itself():
    first, *rest = chains("all")
    assert not first
    assert [name.partition("(")[0] for name in rest] == list(REFINEMENTS)


def test_a_refined_method_is_resolved_by_its_name():
    (method,) = resolve(["few_shot| dedup(0.950)"]).values()
    assert (method.name, method.recording, method.shown) == ("few_shot|dedup(0.95)", "few_shot", True)
    assert is_written(method.name)
    assert is_drawn(method.name)


def test_only_the_written_texts_of_a_mix_are_refined():
    (method,) = resolve(["real10+few_shot|filter"]).values()
    assert method.name == "real10+few_shot|filter(agreement=0.6,votes=3)"
    assert (method.real, method.recording) == (True, "few_shot")


@pytest.mark.parametrize("name", ["real", "labels", "labelled", "generator", "augmented10"])
def test_a_method_that_writes_nothing_is_not_refined(name):
    with pytest.raises(ValueError, match=f"refinements are for written texts, and {name} holds none"):
        resolve([f"{name}|dedup"])
    assert beside([name, "few_shot"], ["dedup"]) == [name, "few_shot|dedup"]
    with pytest.raises(ValueError, match="refinements are for written texts"):
        beside([name], ["dedup"])


def test_a_comma_in_parentheses_separates_no_names():
    assert names_in("few_shot|filter(agreement=0.6,votes=5), real") == [
        "few_shot|filter(agreement=0.6,votes=5)",
        "real",
    ]


# ---- what each removes


LABELLED = st.lists(
    st.builds(
        example, st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join), st.sampled_from([GOOD, BAD])
    ),
    max_size=25,
)
REMOVING = (
    "dedup",
    "dedup(0.9)",
    "filter(0.5)",
    "consistency",
    "select(k-centre)",
    "select(facility-location)",
    "balance",
    "reweight",
)


@pytest.mark.parametrize("text", REMOVING)
@settings(max_examples=25)
@given(examples=LABELLED, per_label=st.integers(1, 8))
def test_what_stays_is_a_part_in_order_and_what_goes_is_counted(text, examples, per_label):
    numbered_ids = [replace(one, id=str(place)) for place, one in enumerate(examples)]
    kept = refine(
        text, numbered_ids, per_label=per_label, client=Voter(lambda words, sample: (GOOD, BAD)[len(words) % 2])
    )
    places = [int(one.id) for one in kept.examples]
    assert places == sorted({*places})
    assert [numbered_ids[place] for place in places] == list(kept.examples)
    gone = Counter(one.label for place, one in enumerate(numbered_ids) if place not in {*places})
    counted = {label: sum(reasons.values()) for label, reasons in kept.removed.items()}
    if text == "balance":  # texts beyond the quota go uncounted
        assert all(counted.get(label, 0) <= gone[label] for label in TASK.labels)
    else:
        assert counted == dict(gone)


@pytest.mark.parametrize("text", ["dedup", "dedup(0.9)", "balance", "select(k-centre)", "filter(0.5)"])
@settings(max_examples=25)
@given(examples=LABELLED)
def test_once_is_as_good_as_twice(text, examples):
    once = refine(text, examples).examples
    assert refine(text, once).examples == once


def test_a_copy_goes_whatever_its_label_and_the_first_stays():
    examples = [example("fog rain"), example("Fog, rain!", BAD), example("moss", BAD)]
    kept = refine("dedup", examples)
    assert [one.text for one in kept.examples] == ["fog rain", "moss"]
    assert kept.removed == {BAD: {"dedup": 1}}


def test_majority_decides_ties_go_and_a_new_label_says_which_was_asked():
    votes = {
        "clear": [BAD, BAD, GOOD, BAD],
        "tie": [GOOD, BAD, BAD, GOOD],
        "nothing": ["neither"] * 4,
        "same": [GOOD] * 4,
    }
    client = Voter(lambda text, sample: votes[text][sample])
    kept = refine("relabel(votes=4)", [example(text) for text in votes], client=client)
    assert [(one.text, one.label) for one in kept.examples] == [("clear", BAD), ("same", GOOD)]
    assert [one.provenance.get("asked", "") for one in kept.examples] == [GOOD, ""]
    assert kept.removed == {GOOD: {"relabel 2/4": 1, "relabel 0/4": 1}}


@pytest.mark.parametrize("text", ["relabel(votes=3)", "relabel(by=demonstrations)"])
@settings(max_examples=25)
@given(examples=LABELLED)
def test_copies_that_come_under_one_label_stay_once_and_count_where_they_were_asked(text, examples):
    task = replace(TASK, demonstrations={GOOD: ("fog rain",), BAD: ("moss cheese",)}, words=(1, 20))
    client = Voter(lambda words, sample: (GOOD, BAD)[len(words) % 2])
    kept = refine(text, examples, client=client, task=task)
    assert len({(one.label, one.text) for one in kept.examples}) == len(kept.examples)
    assert {one.text for one in kept.examples} == {one.text for one in examples}
    asked = Counter(one.provenance.get("asked", one.label) for one in kept.examples)
    gone = Counter({label: reasons["relabel duplicate"] for label, reasons in kept.removed.items()})
    assert asked + gone == Counter(one.label for one in examples)


def test_each_vote_is_another_sample_of_one_question_at_a_temperature():
    client = Voter()
    refine("relabel(votes=3)", [example(f"{GOOD} fog")], client=client)
    assert [request.sample for request in client.requests] == [0, 1, 2]
    assert len({str(request.messages) for request in client.requests}) == 1
    assert len({request.parameters["seed"] for request in client.requests}) == 3
    assert all(request.parameters["temperature"] > 0 and request.choices == (GOOD, BAD) for request in client.requests)


def test_texts_whose_label_got_too_few_votes_go_and_are_counted_by_agreement():
    votes = {"all": [GOOD] * 3, "two": [GOOD, BAD, GOOD], "one": [BAD, GOOD, BAD], "none": [BAD, BAD, "?"]}
    client = Voter(lambda text, sample: votes[text][sample])
    kept = refine("filter(0.6)", [example(text) for text in votes], client=client)
    assert [one.text for one in kept.examples] == ["all", "two"]
    assert kept.removed == {GOOD: {"filter 1/3": 1, "filter 0/3": 1}}


def test_relabel_and_filter_ask_for_the_same_votes_once():
    client = Voter()
    makes("relabel(votes=3) | filter(0.6)", client=client)
    asked = [(request.messages[-1]["content"], request.sample) for request in client.requests]
    assert len(asked) == len({*asked}) > 0


def test_a_classifier_of_the_demonstrations_relabels_and_filters():
    task = replace(TASK, demonstrations={GOOD: ("fog rain",), BAD: ("moss cheese",)}, words=(1, 20))
    examples = [example("rain rain"), example("moss"), example("cheese moss", BAD)]
    relabelled = refine("relabel(by=demonstrations)", examples, task=task)
    assert [one.label for one in relabelled.examples] == [GOOD, BAD, BAD]
    kept = refine("filter(by=demonstrations)", examples, task=task)
    assert ([one.text for one in kept.examples], kept.removed) == (["rain rain", "cheese moss"], {GOOD: {"filter": 1}})
    bare = replace(task, demonstrations={})
    with pytest.raises(ValueError, match=f"no demonstration of '{GOOD}'; by=demonstrations learns from those"):
        refine("filter(by=demonstrations)", examples, task=bare)


def test_swapped_labels_are_doubted():
    topics = {GOOD: ("fog", "rain", "harbour"), BAD: ("moss", "cheese", "violin")}
    draw = random.Random(0)
    examples = [example(" ".join(draw.choices(topics[label], k=3)), label, n) for n in range(20) for label in topics]
    examples[6] = replace(examples[6], label=BAD)
    kept = refine("consistency", examples)
    assert examples[6] not in kept.examples
    assert len(kept.examples) >= len(examples) - 3


def test_a_swapped_label_weighs_little_and_no_text_goes():
    topics = {GOOD: ("fog", "rain", "harbour"), BAD: ("moss", "cheese", "violin")}
    draw = random.Random(0)
    examples = [example(" ".join(draw.choices(topics[label], k=3)), label, n) for n in range(20) for label in topics]
    examples[6] = replace(examples[6], label=BAD)
    kept = refine("reweight", examples, per_label=30)
    assert list(kept.examples) == examples
    assert kept.removed == {}
    weights = [one.weight for one in kept.examples]
    assert weights[6] == min(weights) < 0.5
    for label, number in ((GOOD, 19), (BAD, 21)):
        of_label = [one.weight for one in kept.examples if one.label == label]
        assert sum(of_label) == pytest.approx(number, abs=0.1)


def test_only_texts_within_the_quota_are_weighted():
    examples = [example(f"{WORDS[n % 10]} {n}", label, n) for n in range(12) for label in TASK.labels]
    kept = refine("reweight", examples, per_label=5)
    assert [one.weight == 1 for one in kept.examples[10:]] == [True] * 14
    assert kept.examples[:10] == refine("reweight", examples[:10], per_label=5).examples
    assert len({one.weight for one in kept.examples[:10]}) > 1


def test_a_label_with_one_text_leaves_nothing_to_weigh():
    examples = [example("fog"), example("rain"), example("moss", BAD)]
    assert [one.weight for one in refine("reweight", examples).examples] == [1, 1, 1]


def test_weights_stay_with_the_texts_of_a_mix():
    (method,) = resolve(["real2+zero_shot|reweight"]).values()
    assert method.name == "real2+zero_shot|reweight(q=0.7)"


def test_balance_leaves_each_label_as_many():
    examples = [example(f"fog {n}") for n in range(7)] + [example(f"moss {n}", BAD) for n in range(3)]
    kept = refine("balance", examples, per_label=5)
    assert Counter(one.label for one in kept.examples) == {GOOD: 3, BAD: 3}
    assert kept.removed == {GOOD: {"balance": 2}}


def test_balance_keeps_the_shares_that_labels_are_to_have():
    examples = [example(f"fog {n}") for n in range(12)] + [example(f"moss {n}", BAD) for n in range(2)]
    rare = replace(draft(per_label=10), sources=Sources(client=Voter(), shares={GOOD: 0.8, BAD: 0.2}))
    kept = Chain.parse("balance").steps[0](rare, examples)
    assert Counter(one.label for one in kept.examples) == {GOOD: 8, BAD: 2}
    assert kept.removed == {GOOD: {"balance": 4}}


# ---- the quota


def test_the_quota_of_each_label_is_that_of_its_share():
    def shared(task, sources, per_label, seed):
        made = numbered(task, sources, 4 * per_label, seed)
        few = {
            label: [e for e in made.examples if e.label == label][: sources.quota(label, per_label)]
            for label in task.labels
        }
        return replace(made, examples=tuple(e for of_label in few.values() for e in of_label))

    sources = Sources(client=Voter(), shares={GOOD: 0.8, BAD: 0.2})
    made = refined(shared, Chain.parse("dedup|select(k-centre)"))(TASK, sources, 10, 0)
    assert Counter(one.label for one in made.examples) == {GOOD: 16, BAD: 4}
    assert made.short == {}


@settings(max_examples=30)
@given(
    small=st.integers(1, 8),
    more=st.integers(0, 8),
    seed=st.integers(0, 50),
    text=st.sampled_from(["dedup", "filter", "relabel|dedup"]),
)
def test_the_texts_of_a_smaller_quota_are_the_first_of_a_larger_one(small, more, seed, text):
    few, many = (makes(text, quota, seed=seed) for quota in (small, small + more))
    for label in TASK.labels:
        of_few, of_many = ([one for one in made.examples if one.label == label] for made in (few, many))
        assert of_few == of_many[:small]
        assert len(of_few) == small or few.short[label] == len(of_few)


def test_what_was_removed_is_made_up_for_and_counted_beside_what_the_method_dropped():
    made = makes("dedup", 10)
    assert Counter(one.label for one in made.examples) == {GOOD: 10, BAD: 10}
    assert made.short == {}
    assert made.dropped[GOOD]["length"] == 2
    assert made.dropped[GOOD]["dedup"] >= 2
    assert made.dropped[BAD] == {"dedup": made.dropped[BAD]["dedup"]}


def quotas_asked(text, per_label=10, make=numbered, client=None):
    asked = []

    def remembered(task, sources, quota, seed):
        asked.append(quota)
        return make(task, sources, quota, seed)

    return asked, makes(text, per_label, make=remembered, client=client)


def test_at_most_four_times_the_quota_is_asked_and_what_lacks_is_said():
    asked, made = quotas_asked("filter", make=one_bad)
    assert max(asked) == MOST * 10
    assert made.short == {BAD: 1}


def one_bad(task, sources, per_label, seed):
    """One text of the second label that is labelled rightly, whatever the quota."""
    texts = [example(f"{GOOD} {n}", label, n) for label in task.labels for n in range(per_label)]
    return Generated(examples=(*texts, example(f"{BAD} indeed", BAD)), attempts=len(texts))


def test_a_selection_chooses_from_twice_the_quota():
    asked, made = quotas_asked("select(k-centre)")
    assert asked == [20]
    assert len(made.examples) == 20
    assert made.dropped[BAD] == {"select": 10}


def test_a_method_that_has_no_more_texts_is_not_asked_again_and_again():
    few = numbered(TASK, None, 5, 0)
    asked, made = quotas_asked("dedup", make=lambda *_: replace(few, short={GOOD: 5, BAD: 5}))
    assert asked == [10]
    assert made.short[GOOD] < 5


def test_a_label_without_any_text_left_ends_in_one_line():
    with pytest.raises(ValueError, match=rf"filter\(agreement=0.6,votes=3\) leaves no text of '{BAD}'") as caught:
        makes("filter", client=Voter(lambda text, sample: GOOD))
    assert "\n" not in str(caught.value)


def test_the_first_of_each_label_come_first():
    texts = [example(label, label, n) for label in (BAD, GOOD) for n in range(2)]
    assert [(one.label, one.id[-1]) for one in in_turn(texts, [GOOD, BAD])] == [
        (GOOD, "0"),
        (BAD, "0"),
        (GOOD, "1"),
        (BAD, "1"),
    ]


# ---- the dry run


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("dedup", 10),
        ("dedup(0.9)|consistency", 10),
        ("select(k-centre)", 20),
        ("balance", 10),
        ("filter", 10 + 30),
        ("relabel", 10 + 30),
    ],
)
def test_a_dry_run_counts_a_text_for_each_one_wanted_and_its_votes(text, needed, tmp_path):
    def written(task, sources, per_label, seed):
        def ask(label, sample, kept):
            draw = Draw(seed, task, "written", label, sample)
            return draw.request(zero_shot(task, label, draw.words))

        return collect(task, sources, per_label, ask)

    walk = Walk(TASK, Recording(tmp_path / "none.jsonl"), Generator(name="m"))
    refined(written, Chain.parse(text))(TASK, Sources(client=walk), 5, 0)
    assert walk.plan().missing == needed


def test_a_method_that_asks_nothing_asks_once_it_is_voted_on():
    silent = Method(name="data-x", make=numbered, asks=False, shown=False)
    assert not silent.asks
    assert BUILT_IN["few_shot"].asks
    assert Chain.parse("relabel").asks
    assert not Chain.parse("relabel(by=demonstrations)|dedup").asks
