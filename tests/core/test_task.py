"""A task checks itself: what is missing, unknown or contradictory is refused in one line."""

from dataclasses import FrozenInstanceError, replace

import pytest

import toys
from synthworth.core.task import Example, Hub

TASK = toys.task()
HUB = Hub(path="owner/notes", labels={0: "bad", 1: "good"})


def refusal(**changes):
    with pytest.raises(ValueError, match=r"^task ") as caught:
        replace(TASK, **changes)
    return str(caught.value)


def test_every_refusal_names_the_task():
    assert refusal(context_prompt=" ").startswith("task 'toy': ")


def test_every_refusal_is_one_line():
    assert "\n" not in refusal(generation_prompt="Write {tone}\nof {words} words.")


@pytest.mark.parametrize("name", ["AG News", "ag-news", "1st", "", "film/review"])
def test_a_name_that_cannot_name_a_file_is_refused(name):
    assert "lower-case letters, digits and _" in refusal(name=name)


def test_a_single_label_is_refused():
    assert "1 label; a classifier needs at least 2" in refusal(labels={"good": "kind"}, demonstrations={"good": ()})


def test_a_label_without_description_is_refused():
    assert "'bad' has no description; say what" in refusal(labels={"good": "a kind note", "bad": " "})


@pytest.mark.parametrize("words", [(0, 5), (9, 3), (-1, 4), (5,), (1, 2, 3)])
def test_a_length_range_that_is_none_is_refused(words):
    assert "give (fewest, most)" in refusal(words=words)


def test_a_length_range_of_one_length_is_allowed():
    assert replace(TASK, words=(4, 4)).words == (4, 4)


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


@pytest.mark.parametrize("demonstrations", [{"good": ()}, {"good": (), "bad": (), "odd": ()}])
def test_demonstrations_of_other_labels_are_refused_with_the_labels(demonstrations):
    message = refusal(demonstrations=demonstrations)
    assert "demonstrations and labels disagree" in message
    assert "labels: good, bad" in message


@pytest.mark.parametrize("text", ["So kind", "So very, very kind of you"])
def test_a_demonstration_of_another_length_than_the_texts_is_refused(text):
    message = refusal(words=(3, 5), demonstrations={"good": ("How kind you are!", text), "bad": ()})
    assert f"a demonstration of 'good' has {len(text.split())} words; give it 3 to 5" in message


@pytest.mark.parametrize("words", [(4, 9), (1, 4)])
def test_a_demonstration_may_be_as_short_or_as_long_as_the_texts(words):
    assert replace(TASK, words=words).pool == TASK.pool


def test_a_hub_label_that_the_task_does_not_know_is_refused():
    message = refusal(hub=replace(HUB, labels={0: "bad", 1: "good", 2: "odd"}))
    assert "unknown label 'odd'; labels: good, bad" in message


def test_a_label_that_the_hub_never_gives_is_refused():
    assert "hub maps nothing to the label 'good'" in refusal(hub=replace(HUB, labels={0: "bad"}))


@pytest.mark.parametrize("holdout", [0, 1, -0.2, 1.5])
def test_a_holdout_that_is_no_share_is_refused(holdout):
    with pytest.raises(ValueError, match=r"hub owner/notes: holdout is .*; allowed is a share between 0 and 1"):
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
        mapping["good"] = "other"


def test_changing_the_mapping_that_was_given_does_not_change_the_task():
    labels = dict(TASK.labels)
    task = replace(TASK, labels=labels)
    labels["good"] = "other"
    assert task.labels["good"] == "a kind note"


def test_labels_keep_their_order():
    assert list(TASK.labels) == ["good", "bad"]


def test_the_pool_holds_each_demonstration_with_its_label_and_an_id():
    task = toys.task(demonstrations={"good": ("How kind!", "Thank you."), "bad": ("Go away.",)})
    assert task.pool == (
        Example(id="toy/good/0", text="How kind!", label="good"),
        Example(id="toy/good/1", text="Thank you.", label="good"),
        Example(id="toy/bad/0", text="Go away.", label="bad"),
    )


def test_examples_are_equal_however_they_came_to_be():
    example = TASK.pool[0]
    assert replace(example, provenance={"seed": 1}) == example


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({0: "a bad note", 1: "a kind note"}, "label 0 is not a string; write '0'"),
        ({True: "a kind note", False: "a bad note"}, "label True is not a string; write 'True'"),
        ({None: "a kind note", "bad": "b"}, "label None is not a string"),
        ({"": "a kind note", "bad": "b"}, "label '' is empty"),
        ({" good": "a kind note", "bad": "b"}, "label ' good' is empty, or has spaces around it"),
        ({"go\nod": "a kind note", "bad": "b"}, "characters that cannot be shown"),
        ({"Good": "a kind note", "good": "b"}, "labels 'Good' and 'good' differ in case or form alone; rename one"),
        ({"caf\u00e9": "a", "cafe\u0301": "b"}, "differ in case or form alone"),
        ({"good": 3, "bad": "b"}, "label 'good' has no description"),
        (["good", "bad"], "labels is ['good', 'bad']; give {label: description}"),
        (None, "labels is None; give {label: description}"),
    ],
    ids=str,
)
def test_labels_that_are_none_are_refused(labels, said):
    assert said in refusal(labels=labels, demonstrations={})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"words": ("5", 60)}, "words is ('5', 60); give (fewest, most)"),
        ({"words": (True, 60)}, "give (fewest, most)"),
        ({"words": 5}, "words is 5; give (fewest, most)"),
        ({"words": None}, "words is None; give (fewest, most)"),
        ({"name": 3}, "a name is lower-case letters"),
        ({"context_prompt": None}, "context_prompt is None; give a text"),
        (
            {"demonstrations": {"good": "How kind!", "bad": ()}},
            "of 'good' are 'How kind!'; give a tuple",
        ),
        ({"demonstrations": {"good": (3,), "bad": ()}}, "demonstrations of 'good' are (3,); give a tuple of texts"),
        ({"demonstrations": ("How kind!",)}, "demonstrations is ('How kind!',); give {label: (text, ...)}"),
        ({"demonstrations": {"good": ("So kind!",), "bad": ("so kind",)}}, "is listed under 'good' and 'bad'"),
        ({"language": "English"}, "language is 'English'; give a tag of BCP 47"),
        ({"language": ""}, "language is ''; give a tag"),
        ({"language": None}, "language is None; give a tag"),
    ],
    ids=str,
)
def test_a_part_of_another_type_is_refused_in_one_line(changes, said):
    message = refusal(**changes)
    assert said in message
    assert "\n" not in message


@pytest.mark.parametrize("language", ["en", "de", "pt-BR", "zh-Hant", "zh-Hant-TW", "es-419", "gsw", "sl-rozaj"])
def test_a_language_is_a_tag_of_bcp_47(language):
    assert replace(TASK, language=language).language == language


def test_a_task_may_have_no_demonstrations():
    task = replace(TASK, demonstrations={})
    assert (dict(task.demonstrations), task.pool) == ({"good": (), "bad": ()}, ())


def test_a_range_may_be_a_list_as_json_has_it():
    assert replace(TASK, words=[1, 60]).words == (1, 60)


@pytest.mark.parametrize("field", ["{label:d}", "{label!x}", "{label:{width}}", "{words:s}"])
def test_a_field_that_cannot_be_filled_in_is_refused_with_the_task(field):
    assert "generation_prompt cannot be filled in" in refusal(generation_prompt=f"Write {{label}} {{words}} {field}.")


@pytest.mark.parametrize("prompt", ["context_prompt", "diversity_prompt"])
def test_a_field_in_a_prompt_that_is_not_filled_in_is_refused(prompt):
    assert f"{prompt} has the field {{label}}; only generation_prompt" in refusal(**{prompt: "You like {label}."})


def test_two_labels_of_one_description_are_refused():
    labels = {"good": "a short note", "bad": " A short  note"}
    assert "'good' and 'bad' have one description" in refusal(labels=labels)


HALF = "a \ud83d note"


def test_half_of_a_pair_of_surrogates_is_refused_wherever_it_stands():
    assert "context_prompt holds half of a surrogate pair" in refusal(context_prompt=HALF)
    assert "the description of 'bad' holds half of a surrogate pair" in refusal(
        labels={"good": "a kind note", "bad": HALF}
    )
    assert "a demonstration of 'bad' holds half of a surrogate pair" in refusal(
        demonstrations={"good": (), "bad": (HALF,)}
    )


@pytest.mark.parametrize("label", ["👨‍👩‍👧", "می‌روم"])
def test_a_joiner_of_no_width_may_be_part_of_a_label(label):
    assert label in replace(TASK, labels={label: "a kind note", "bad": "a harsh note"}, demonstrations={}).labels


@pytest.mark.parametrize("version", [0, -1, 1.5, "1", True, None])
def test_a_version_that_is_no_whole_number_is_refused(version):
    assert "version is" in refusal(version=version)


@pytest.mark.parametrize("hub", ["owner/notes", {"path": "owner/notes"}])
def test_a_hub_that_is_none_is_refused(hub):
    assert "give Hub(path=" in refusal(hub=hub)


@pytest.mark.parametrize(
    "changes",
    [{"labels": None}, {"labels": ["bad"]}, {"labels": {}}, {"holdout": "0.2"}, {"id": "id", "raters": "all"}],
)
def test_a_part_of_a_hub_that_is_of_another_type_is_refused(changes):
    with pytest.raises(ValueError, match=r"^hub owner/notes: "):
        replace(HUB, **changes)
