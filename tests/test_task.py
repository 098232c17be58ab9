"""A task checks itself: what is missing, unknown or contradictory is refused in one line."""

from dataclasses import FrozenInstanceError, replace

import pytest

from benchmark.task import Example, Hub, Task

TASK = Task(
    name="sign",
    labels={"pos": "a kind review", "neg": "a harsh review"},
    words=(3, 9),
    context_prompt="You review films.",
    generation_prompt="Write {description} of about {words} words.",
    diversity_prompt="Be different.",
    demonstrations={"pos": ("What a lovely film.", "Warm and funny."), "neg": ("A dull film.",)},
)
HUB = Hub(path="owner/films", labels={0: "neg", 1: "pos"})


def refusal(**changes):
    with pytest.raises(ValueError, match=r"^task ") as caught:
        replace(TASK, **changes)
    return str(caught.value)


def test_every_refusal_names_the_task():
    assert refusal(context_prompt=" ").startswith("task 'sign': ")


def test_every_refusal_is_one_line():
    assert "\n" not in refusal(generation_prompt="Write {tone}\nof {words} words.")


@pytest.mark.parametrize("name", ["AG News", "ag-news", "1st", "", "film/review"])
def test_a_name_that_cannot_name_a_file_is_refused(name):
    assert "lower-case letters, digits and _" in refusal(name=name)


def test_a_single_label_is_refused():
    assert "1 label; a classifier needs at least 2" in refusal(labels={"pos": "kind"}, demonstrations={"pos": ()})


def test_a_label_without_description_is_refused():
    assert "'neg' has no description; say what" in refusal(labels={"pos": "a kind review", "neg": " "})


@pytest.mark.parametrize("words", [(0, 5), (9, 3), (-1, 4), (5,), (1, 2, 3)])
def test_a_length_range_that_is_none_is_refused(words):
    assert "give (fewest, most)" in refusal(words=words)


def test_a_length_range_of_one_length_is_allowed():
    assert replace(TASK, words=(5, 5)).words == (5, 5)


@pytest.mark.parametrize("prompt", ["context_prompt", "generation_prompt", "diversity_prompt"])
def test_an_empty_prompt_is_refused(prompt):
    assert f"{prompt} is empty" in refusal(**{prompt: " \n"})


def test_an_unknown_field_is_refused_with_the_known_ones():
    assert "{tone}; fields: label, description, words" in refusal(generation_prompt="{tone} {label} {words}")


@pytest.mark.parametrize("prompt", ["Write {label} of {words words.", "Write {label} of words} words {words}."])
def test_a_prompt_with_an_unbalanced_brace_is_refused(prompt):
    assert "generation_prompt cannot be filled in" in refusal(generation_prompt=prompt)


@pytest.mark.parametrize("prompt", ["Write a text of {words} words.", "Write {label}."])
def test_a_prompt_that_asks_for_no_label_or_no_length_is_refused(prompt):
    assert "must ask for {words} and for {label} or {description}" in refusal(generation_prompt=prompt)


@pytest.mark.parametrize("demonstrations", [{"pos": ()}, {"pos": (), "neg": (), "odd": ()}])
def test_demonstrations_of_other_labels_are_refused_with_the_labels(demonstrations):
    message = refusal(demonstrations=demonstrations)
    assert "demonstrations and labels disagree" in message
    assert "labels: pos, neg" in message


def test_a_hub_label_that_the_task_does_not_know_is_refused():
    message = refusal(hub=replace(HUB, labels={0: "neg", 1: "pos", 2: "odd"}))
    assert "unknown label 'odd'; labels: pos, neg" in message


def test_a_label_that_the_hub_never_gives_is_refused():
    assert "hub maps nothing to the label 'pos'" in refusal(hub=replace(HUB, labels={0: "neg"}))


@pytest.mark.parametrize("holdout", [0, 1, -0.2, 1.5])
def test_a_holdout_that_is_no_share_is_refused(holdout):
    with pytest.raises(ValueError, match=r"hub owner/films: holdout is .*; allowed is a share between 0 and 1"):
        replace(HUB, holdout=holdout)


def test_an_unknown_part_is_refused():
    with pytest.raises(TypeError, match="temperature"):
        replace(TASK, temperature=1)


def test_a_task_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        TASK.version = 2


@pytest.mark.parametrize("mapping", [TASK.labels, TASK.demonstrations, HUB.labels], ids=["labels", "texts", "hub"])
def test_the_mappings_of_a_task_cannot_be_changed(mapping):
    with pytest.raises(TypeError, match="does not support item assignment"):
        mapping["pos"] = "other"


def test_changing_the_mapping_that_was_given_does_not_change_the_task():
    labels = dict(TASK.labels)
    task = replace(TASK, labels=labels)
    labels["pos"] = "other"
    assert task.labels["pos"] == "a kind review"


def test_labels_keep_their_order():
    assert list(TASK.labels) == ["pos", "neg"]


def test_the_pool_holds_each_demonstration_with_its_label_and_an_id():
    assert TASK.pool == (
        Example(id="sign/pos/0", text="What a lovely film.", label="pos"),
        Example(id="sign/pos/1", text="Warm and funny.", label="pos"),
        Example(id="sign/neg/0", text="A dull film.", label="neg"),
    )


def test_examples_are_equal_however_they_came_to_be():
    example = TASK.pool[0]
    assert replace(example, provenance={"seed": 1}) == example
