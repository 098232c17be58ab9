"""Texts and labels of a stranger's file: what is taken, what is left out, and whose label is whose."""

import argparse
import json
import re
import shlex

import pandas
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from synthworth.core import (
    joined,
    label_map,
    label_map_notes,
    label_names,
    labelled_texts,
    matched,
    missing_label,
    placeholder_notes,
    read_labelled,
    read_texts,
    renamed,
)


def file_of(folder, name, content):
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_columns_are_guessed_and_said(tmp_path):
    path = file_of(tmp_path, "a.csv", "id,Review,Sentiment\n1,Very good food,pos\n2,Cold soup again,neg\n")
    found = read_labelled(path)
    assert found.texts == ("Very good food", "Cold soup again")
    assert found.labels == ("pos", "neg")
    assert found.columns == "text in 'Review' (by its name), label in 'Sentiment' (by its name)"


def test_named_columns_win(tmp_path):
    path = file_of(tmp_path, "a.csv", "text,label,note,kind\nx y,a,The long note,b\nz y,a,The other note,c\n")
    found = read_labelled(path, text="note", label="kind")
    assert (found.texts, found.labels) == (("The long note", "The other note"), ("b", "c"))


def test_a_column_that_is_not_there_is_one_line_with_those_that_are(tmp_path):
    path = file_of(tmp_path, "a.csv", "text,label\nx y,a\n")
    with pytest.raises(ValueError, match=r"--text: unknown column 'body'; columns: text, label$"):
        read_labelled(path, text="body")


def test_rows_without_text_or_label_are_left_out_and_counted(tmp_path):
    rows = [{"text": "Good", "label": True}, {"text": None, "label": True}, {"text": "Bad", "label": None}]
    found = read_labelled(file_of(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows))))
    assert (found.texts, found.labels, found.left_out) == (("Good",), ("true",), 2)


def test_a_word_for_a_missing_value_is_no_text_and_no_label_and_is_counted(tmp_path):
    frame = pandas.DataFrame({"text": ["Good", None, "Bad", "None of it"], "label": ["a", "b", None, "None"]})
    frame.to_csv(tmp_path / "a.csv", index=False, na_rep="NaN")
    found = read_labelled(tmp_path / "a.csv")
    assert (found.texts, found.labels) == (("Good", "None of it"), ("a", "None"))
    assert (found.left_out, found.placeholders) == (2, {"NaN": 2})
    assert read_texts(tmp_path / "a.csv").placeholders == {"NaN": 1}
    assert placeholder_notes(read_texts(tmp_path / "a.csv"), None) == [
        "a.csv: 1 row left out; for a missing value stands: 'NaN' (1)"
    ]
    assert labelled_texts("lists", ["None", "Good"], ["a", "b"]).placeholders == {"None": 1}


@pytest.mark.parametrize("content", ["", "\n\n", "text,label\n", "text,label\n ,\n"])
def test_an_empty_file_is_an_error_of_one_line(tmp_path, content):
    with pytest.raises(ValueError, match=r"give") as caught:
        read_labelled(file_of(tmp_path, "a.csv", content))
    assert "\n" not in str(caught.value)


def test_what_frames_have_for_nothing_is_left_out_and_counted():
    texts = pandas.Series(["Good", pandas.NA, "Bad", "Odd"], dtype="string")
    labels = pandas.Series([1, 0, pandas.NA, 0], dtype="Int64")
    found = labelled_texts("frame", texts, labels)
    assert (found.texts, found.labels, found.left_out) == (("Good", "Odd"), ("1", "0"), 2)
    found = labelled_texts("list", ["Good", float("nan"), "Bad"], ["a", "b", pandas.NaT])
    assert (found.texts, found.left_out) == (("Good",), 2)


def test_tokens_and_a_label_in_a_list_are_taken(tmp_path):
    row = {"tokens": ["Very", "good"], "label": ["ham"]}
    found = read_labelled(file_of(tmp_path, "a.jsonl", json.dumps(row)), text="tokens")
    assert (found.texts, found.labels) == (("Very good",), ("ham",))


def test_a_text_with_two_labels_is_refused(tmp_path):
    path = file_of(tmp_path, "a.jsonl", json.dumps({"text": "Good", "label": ["a", "b"]}))
    with pytest.raises(ValueError, match=r"line 1: the label is .*; a text has exactly one label"):
        read_labelled(path)


def test_labels_are_the_same_but_for_case_form_order_and_blanks():
    found = matched(labelled_texts("w", ["1", "2", "3"], [" JOY", "anger", "ＪＯＹ"]), ["anger", "joy"], "test")
    assert found.labels == ("joy", "anger", "joy")


def test_spellings_of_a_label_in_one_file_become_the_commonest():
    given = labelled_texts("t", "abcdefgh", ["Ham", "ham", "ham ", "ＨＡＭ", "1.0", "1", "1", "spam"])
    assert joined(given).labels == ("ham", "ham", "ham", "ham", "1", "1", "1", "spam")


def test_numbers_are_the_same_whether_a_file_has_them_whole_or_not():
    assert matched(labelled_texts("w", ["1", "2"], [1.0, "0"]), ["0", "1"], "test").labels == ("1", "0")


def test_an_unknown_label_is_named_with_the_known_ones_and_how_to_map_it():
    given = labelled_texts("w.csv", ["1", "2", "3"], ["ham", "spm", "spm"])
    with pytest.raises(ValueError, match=r"^w.csv: unknown label 'spm'; labels: ham, spam; did you mean spam\?") as e:
        matched(given, ["ham", "spam"], "t.csv")
    assert "--label-map spm=NAME, or leave its 2 texts out with --label-map spm=" in str(e.value)
    with pytest.raises(ValueError, match="or leave its one text out with"):
        matched(labelled_texts("w.csv", ["1", "2"], ["ham", "spm"]), ["ham", "spam"], "t.csv")


def test_numbers_in_one_file_and_names_in_the_other_say_how_to_map_them():
    given = labelled_texts("w.csv", ["a", "b"], [0, 1])
    with pytest.raises(ValueError, match=r"w.csv has the labels '0', '1', and t.csv has 'ham', 'spam'; .*--label-map"):
        matched(given, ["ham", "spam"], "t.csv")
    assert matched(renamed(given, {"0": "ham", "1": "spam"}), ["ham", "spam"], "t.csv").labels == ("ham", "spam")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Bill=x,bill=y", "--label-map maps 'bill', which is 'Bill' but for its form, to 'x' and to 'y'"),
        ("1=x,1.0=", "--label-map maps '1.0', which is '1' but for its form, to 'x' and to ''"),
        ("bill=x,bill=y", "--label-map maps 'bill' to 'x' and to 'y'"),
    ],
)
def test_a_label_has_one_new_label_however_it_is_spelled(given, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}; give it one label$"):
        label_map([given])
    pairs = dict(pair.split("=") for pair in given.split(","))
    if len(pairs) > 1:
        with pytest.raises(ValueError, match=r"^label_map maps "):
            label_names(pairs)
    assert label_map(["Bill=X,bill=x"]) == {"Bill": "X", "bill": "X"}


def test_a_label_mapped_to_nothing_leaves_its_texts_out():
    found = renamed(labelled_texts("w.csv", ["a", "b"], ["ham", "other"]), {"Other": ""})
    assert (found.texts, found.labels, found.left_out, found.mapped_out) == (("a",), ("ham",), 0, {"other": 1})
    with pytest.raises(ValueError, match="leaves out every text"):
        renamed(found, {"ham": ""})


@pytest.mark.parametrize(("given", "message"), [("ham", "give OLD=NEW"), ("=ham", "give OLD=NEW"), ("0=a,0=b", "one")])
def test_a_map_that_cannot_be_read_is_one_line(given, message):
    with pytest.raises(ValueError, match=message):
        label_map([given])


PRINTED = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.sampled_from(" ,=\"'"), min_size=1)
LABEL = PRINTED.map(lambda label: " ".join(label.split())).filter(lambda label: label and not missing_label(label))


@given(label=LABEL)
@example(label="-1")
def test_the_option_that_a_message_names_maps_that_label_whatever_is_in_it(label):
    with pytest.raises(ValueError, match="--label-map") as caught:
        matched(labelled_texts("w.csv", ["a", "b"], [label, "known label"]), ["known label", "other"], "t.csv")
    assert label_map(options_in(str(caught.value).partition("or leave its one text out with ")[2])) == {label: ""}


def options_in(said):
    """What the command takes from options that a message names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--label-map", action="append")
    return parser.parse_args(shlex.split(said)).label_map


@given(label=LABEL, known=LABEL)
@example(label="-1", known="Bills, dues")
def test_the_option_for_labels_of_which_none_is_known_maps_the_first_to_the_first_known(label, known):
    with pytest.raises(ValueError, match="--label-map") as caught:
        matched(labelled_texts("w.csv", ["a"], [label]), [f"{known} X"], "t.csv")
    option = str(caught.value).partition("say which is which with ")[2].removesuffix(" (label_map={...} in Python)")
    (value,) = options_in(option)
    assert label_map([value.removesuffix(",...")]) == {label: f"{known} X"}


@given(old=st.lists(LABEL, min_size=1, max_size=4, unique=True), new=LABEL)
def test_labels_between_quotation_marks_may_hold_commas_and_equals(old, new):
    marked = ['"' + label.replace('"', '""') + '"' for label in (*old, new)]
    assert label_map([",".join(f"{one}={marked[-1]}" for one in marked[:-1])]) == dict.fromkeys(old, new)


def test_a_map_in_python_has_labels_as_the_texts_have_them():
    numbers = labelled_texts("w", ["a", "b", "c"], [0, 1.0, 2])
    names = label_names({0: "ham", 1: "spam", 2.0: None})
    assert renamed(numbers, names).labels == ("ham", "spam")
    truths = labelled_texts("w", ["a", "b"], [False, True])
    assert renamed(truths, label_names({False: 0, True: 1})).labels == ("0", "1")
    with pytest.raises(ValueError, match="a text has exactly one label"):
        label_names({0: ["ham", "spam"]})


@given(spelled=st.sampled_from(["spam", "Spam ", "SPAM"]), typed=st.sampled_from(["ham", "Ham", "hma"]))
def test_a_label_that_no_file_has_is_told_on_either_side_of_a_map(spelled, typed):
    files = [labelled_texts("w", ["a", "b"], ["ham", "spam"]), None, labelled_texts("t", ["c"], ["spam"])]
    told = label_map_notes({spelled: typed}, *files)
    assert told == ["the label map gives 'hma', which no file had before"] * (typed == "hma")
    assert label_map_notes({"eggs": typed}, *files) == ["the label map renames 'eggs', which no file has"]
    assert label_map_notes({spelled: ""}, *files) == []


def test_of_many_labels_a_message_names_the_first_and_how_many_more():
    many = [f"label {number}" for number in range(2000)]
    with pytest.raises(ValueError, match=re.escape("'label 11' and 1,988 more")) as caught:
        matched(labelled_texts("w", ["a"], ["x"]), many, "t")
    assert len(str(caught.value)) < 500


def test_texts_and_labels_of_unequal_number_are_refused():
    with pytest.raises(ValueError, match="2 texts and 1 labels; give one label for each text"):
        labelled_texts("written", ["a", "b"], ["x"])


def test_texts_without_labels_are_read_each_once_with_or_without_a_column_of_labels(tmp_path):
    path = file_of(
        tmp_path, "a.csv", "Message,queue\nIt broke on Monday,x\nIt broke on Monday,x\n,x\nWhen does it come,y\n"
    )
    found = read_texts(path)
    assert found.texts == ("It broke on Monday", "When does it come")
    assert found.columns == "text in 'Message' (by its name)"
    path = file_of(
        tmp_path, "b.jsonl", '{"a": "It broke on Monday", "b": "the queue of faults"}\n{"a": "", "b": "two"}\n'
    )
    assert read_texts(path, text="a").texts == ("It broke on Monday",)
    assert read_texts(path, label="b", text="a").columns == "text in 'a' (given)"


def test_a_column_that_another_file_has_is_guessed_where_that_is_wanted(tmp_path):
    path = file_of(tmp_path, "a.csv", "text,label\nx y,a\n")
    assert (
        read_texts(path, text="body", or_guess=True).columns == "text in 'text' (by its name, for there is no 'body')"
    )
    assert read_labelled(path, text="body", label="kind", or_guess=True).labels == ("a",)


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("text,label\n,x\n", {"text": "text"}, r"a.csv: none of 1 rows has a text; give a text in each row"),
        ("text,label\nGood,x\n", {"text": "body"}, r"--text: unknown column 'body'; columns: text, label"),
        ("id,kind\n1,2\n2,3\n", {}, r"no column looks like texts; columns: 'id', 'kind'; name it with --text COLUMN"),
    ],
)
def test_a_file_without_texts_is_one_line(tmp_path, content, options, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_texts(file_of(tmp_path, "a.csv", content), **options)
    assert "\n" not in str(caught.value)
