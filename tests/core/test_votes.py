"""Votes are read back as they were written, and what is no vote is named by file and line."""

import csv
import gzip
import io
import json
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from synthworth.core.votes import COLUMNS, OTHER, Vote, VoteColumns, read_votes, read_votes_file, votes_csv

MD_AGREEMENT = Path(__file__).parents[3] / "shared" / "data" / "extra" / "md_agreement"
FORMATS = ["votes.csv", "votes.jsonl", "votes.csv.gz", "votes.jsonl.gz"]
HEADER = ",".join(COLUMNS) + "\n"
VOTES = [Vote("1", "ann", "yes"), Vote("1", "ben", "no"), Vote("2", "ann", "no")]
# Without digits: numbers that are equal are one label, which has tests of its own.
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Nd"]), max_size=6).filter(
    lambda word: word and word == word.strip()
)
MANY = st.lists(st.builds(Vote, WORDS, WORDS, WORDS), min_size=1, max_size=8, unique_by=lambda vote: vote[:2])


def as_csv(votes):
    file = io.StringIO(newline="")
    csv.writer(file).writerows([COLUMNS, *votes])
    return file.getvalue()


def as_json(votes):
    return "".join(json.dumps(dict(zip(COLUMNS, vote, strict=True))) + "\n" for vote in votes)


def written(folder, text, name="votes.csv"):
    data = text if isinstance(text, bytes) else text.encode()
    path = Path(folder) / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def stored(folder, votes, name):
    return written(folder, as_csv(votes) if ".csv" in name else as_json(votes), name)


def refused(path):
    """What reading says, which is one line."""
    with pytest.raises(ValueError, match=r"\S") as caught:
        read_votes(path)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


# ---- what is read


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=50)
@given(votes=MANY)
def test_votes_are_read_back_as_they_were_written(name, votes):
    with tempfile.TemporaryDirectory() as folder:
        assert read_votes(stored(folder, votes, name)) == votes


def test_whole_numbers_in_json_are_the_votes_of_the_same_csv(tmp_path):
    line = {"instance_id": 12, "annotator_id": 7, "label": 0}
    assert read_votes(written(tmp_path, json.dumps(line), "votes.jsonl")) == read_votes(
        written(tmp_path, HEADER + "12,7,0\n")
    )


def test_a_line_that_repeats_a_vote_counts_once(tmp_path):
    assert read_votes(stored(tmp_path, [*VOTES, VOTES[0]], "votes.csv")) == VOTES


def test_a_label_in_other_letters_is_another_label(tmp_path):
    assert {vote.label for vote in read_votes(written(tmp_path, HEADER + "1,ann,yes\n1,ben,Yes\n"))} == {"yes", "Yes"}


# ---- what is refused


@pytest.mark.parametrize("empty", ["", "  "])
@pytest.mark.parametrize("place", range(3), ids=COLUMNS)
@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_value_is_named_by_line_and_column(tmp_path, name, place, empty):
    vote = Vote(*(empty if i == place else "x" for i in range(3)))
    path = stored(tmp_path, [*VOTES, vote], name)
    line = 5 if ".csv" in name else 4
    assert refused(path).startswith(f"{path}, line {line}: {COLUMNS[place]} is empty; give ")


@pytest.mark.parametrize("name", FORMATS)
def test_an_annotator_who_votes_twice_is_refused_with_both_lines(tmp_path, name):
    path = stored(tmp_path, [*VOTES, Vote("1", "ann", "no")], name)
    first, second = (2, 5) if ".csv" in name else (1, 4)
    assert refused(path) == (
        f"{path}, line {second}: annotator 'ann' labels '1' 'no', in line {first} 'yes'; "
        "an annotator has one vote on an instance: remove one of the lines"
    )


@pytest.mark.parametrize(("name", "text"), [(name, text) for name in FORMATS for text in ("", "\n", HEADER)][:-1])
def test_a_file_without_votes_is_refused(tmp_path, name, text):
    path = written(tmp_path, text if ".csv" in name else text.replace(HEADER, ""), name)
    assert refused(path) == f"{path}: no votes; needed are lines with instance_id, annotator_id, label"


def test_a_missing_column_is_answered_with_the_option_that_names_it(tmp_path):
    path = written(tmp_path, "item_id,rater_id,Q_overall,comment\n1,ann,yes,\n")
    assert refused(path) == (
        f"{path}: no column instance_id, annotator_id, label; columns there: 'item_id', 'rater_id', 'Q_overall', "
        "'comment'; say which they are: --columns instance=item_id,annotator=rater_id,label=Q_overall"
    )


def test_the_option_names_no_column_where_none_is_likely(tmp_path):
    path = written(tmp_path, "a,b\n1,2\n")
    assert refused(path).endswith("--columns instance=COLUMN,annotator=COLUMN,label=COLUMN")


@pytest.mark.parametrize("name", FORMATS)
def test_a_long_text_beside_the_votes_is_no_matter(tmp_path, name):
    rows = [dict(zip(COLUMNS, vote, strict=True)) | {"text": "x" * 200_000} for vote in VOTES]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    if ".csv" in name:
        text = "\n".join(",".join(row) for row in [rows[0], *(row.values() for row in rows)])
    assert read_votes(written(tmp_path, text, name)) == VOTES


@pytest.mark.parametrize(
    ("labels", "read"),
    [
        (["1", "1.0"], {"1"}),
        (["1.0", "1.00"], {"1.0"}),
        (["2", "+2", "02"], {"2"}),
        (["0.5", ".5"], {"0.5", ".5"}),
        (["1", "one"], {"1", "one"}),
        (["-1", "1"], {"-1", "1"}),
    ],
)
def test_labels_that_are_equal_numbers_are_one(tmp_path, labels, read):
    rows = "".join(f"{i},ann,{label}\n" for i, label in enumerate(labels))
    assert {vote.label for vote in read_votes(written(tmp_path, HEADER + rows))} == read


def test_numbers_are_equal_across_types_of_json(tmp_path):
    lines = [dict(zip(COLUMNS, row, strict=True)) for row in ((1, 7, 1), (1.0, 8.0, 1.0), ("1", "9", "1"))]
    votes = read_votes(written(tmp_path, "".join(json.dumps(line) + "\n" for line in lines), "votes.jsonl"))
    assert votes == [Vote("1", "7", "1"), Vote("1", "8", "1"), Vote("1", "9", "1")]


def test_ids_are_one_if_a_program_added_a_fraction_of_zero_and_else_not(tmp_path):
    rows = "1,7.0,a\n1.0,8,a\n01,7,a\n1.10,7,a\n1.1,7,a\n"
    votes = read_votes(written(tmp_path, HEADER + rows))
    assert [vote[:2] for vote in votes] == [("1", "7"), ("1", "8"), ("01", "7"), ("1.10", "7"), ("1.1", "7")]


# ---- layouts of published files: their columns, and texts of our own


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


TWO = [Vote("1", "ann", "yes"), Vote("1", "ben", "no")]
LAYOUTS = {
    "DICES": (
        "votes.csv",
        "rater_id,rater_gender,item_id,context,Q_overall\nann,f,1,USER: hi,yes\nben,m,1,USER: hi,no\n",
        "instance=item_id,annotator=rater_id,label=Q_overall",
        TWO,
    ),
    "POPQUORN": (
        "votes.csv",
        "instance_id,user_id,text,offensiveness,age\n1,ann,a text,2.0,30-34\n1,ben,a text,1,35-39\n",
        "instance=instance_id,annotator=user_id,label=offensiveness",
        [Vote("1", "ann", "2.0"), Vote("1", "ben", "1")],
    ),
    "GoEmotions raw": (
        "votes.csv",
        "text,id,rater_id,example_very_unclear,anger,joy,neutral\n"
        "a text,1,ann,False,0,1,0\na text,1,ben,False,1,1,0\na text,1,cat,True,0,0,0\n",
        "instance=id,annotator=rater_id,label=anger..neutral",
        [Vote("1", "ann", "joy"), Vote("1", "ben", "anger+joy"), Vote("1", "cat", OTHER)],
    ),
    "LeWiDi": (
        "votes.json",
        json.dumps({"1": {"text": "a", "annotators": "ann,ben", "annotations": "yes,no", "hard_label": "1"}}),
        "instance=id,annotator=annotators,label=annotations",
        TWO,
    ),
    "LeWiDi 2025": (
        "votes.json",
        json.dumps({"1": {"text": "a", "annotators": "ann,ben", "annotations": {"ann": "yes", "ben": "no"}}}, indent=1),
        "instance=id,annotator=annotators,label=annotations",
        TWO,
    ),
    "Label Studio": (
        "votes.json",
        json.dumps(
            [
                {
                    "id": 1,
                    "data": {"text": "a"},
                    "annotations": [
                        {"completed_by": who, "result": [{"type": "choices", "value": {"choices": [label]}}]}
                        for who, label in (("ann", "yes"), ("ben", "no"))
                    ]
                    + [{"completed_by": "cat", "was_cancelled": True, "result": []}],
                }
            ]
        ),
        "instance=id,annotator=annotations.completed_by,label=annotations.result.value.choices",
        TWO,
    ),
    "Label Studio, users as objects": (
        "votes.json",
        json.dumps([{"id": 1, "annotations": [{"completed_by": {"id": 5, "email": "ann"}, "result": ["yes"]}]}]),
        "instance=id,annotator=annotations.completed_by.email,label=annotations.result",
        TWO[:1],
    ),
    "Label Studio, short JSON": (
        "votes.json",
        json.dumps([{"id": 1, "annotator": "ann", "mood": "yes"}, {"id": 1, "annotator": "ben", "mood": "no"}]),
        "instance=id,annotator=annotator,label=mood",
        TWO,
    ),
    "Label Studio, CSV with several choices": (
        "votes.csv",
        'annotation_id,annotator,id,mood\n7,ann,1,"{""choices"": [""yes"", ""well""]}"\n8,ben,1,no\n9,cat,1,\n',
        "instance=id,annotator=annotator,label=mood",
        [Vote("1", "ann", "yes+well"), TWO[1]],
    ),
    "Prodigy, choice": (
        "votes.jsonl",
        lines(
            {"_input_hash": 1, "_annotator_id": "ann", "accept": ["yes"], "answer": "accept"},
            {"_input_hash": 1, "_annotator_id": "ben", "accept": ["no"], "answer": "accept"},
            {"_input_hash": 1, "_annotator_id": "cat", "accept": [], "answer": "ignore"},
        ),
        "instance=_input_hash,annotator=_annotator_id,label=accept",
        TWO,
    ),
    "Prodigy, yes or no": (
        "votes.jsonl",
        lines({"_input_hash": 1, "_session_id": "ann", "label": "spam", "answer": "accept"}),
        "instance=_input_hash,annotator=_session_id,label=answer",
        [Vote("1", "ann", "accept")],
    ),
    "Argilla 1": (
        "votes.json",
        json.dumps([{"id": 1, "mood": [{"user_id": "ann", "value": "yes"}, {"user_id": "ben", "value": "no"}]}]),
        "instance=id,annotator=mood.user_id,label=mood.value",
        TWO,
    ),
    "Argilla 2": (
        "votes.jsonl",
        lines({"id": 1, "mood.responses": ["yes", "no", None], "mood.responses.users": ["ann", "ben", "cat"]}),
        "instance=id,annotator=mood.responses.users,label=mood.responses",
        TWO,
    ),
    "HateXplain": (
        "votes.json",
        json.dumps(
            {"1_x": {"post_id": "1", "annotators": [{"annotator_id": "ann", "label": "yes"}], "post_tokens": ["a"]}}
        ),
        "instance=post_id,annotator=annotators.annotator_id,label=annotators.label",
        TWO[:1],
    ),
    "wide": (
        "votes.csv",
        "id,text,ann,ben,cat\n1,a text,yes,no,\n",
        "instance=id,label=ann..cat",
        TWO,
    ),
    "wide, with named columns": ("votes.tsv", "id\tann\tben\n1\tyes\tno\n", "instance=id,label=ann+ben", TWO),
    "lists of labels": (
        "votes.jsonl",
        lines({"uid": 1, "labels": ["yes", "no"]}),
        "instance=uid,label=labels",
        [Vote("1", "1", "yes"), Vote("1", "2", "no")],
    ),
    "lists in CSV, as pandas writes them": (
        "votes.csv",
        "id,who,what\n1,\"['ann', 'ben']\",\"['yes', 'no']\"\n",
        "instance=id,annotator=who,label=what",
        TWO,
    ),
    "Mechanical Turk": (
        "votes.csv",
        "HITId,WorkerId,Answer.mood.label\n1,ann,yes\n1,ben,no\n",
        "instance=HITId,annotator=WorkerId,label=Answer.mood.label",
        TWO,
    ),
    "Mechanical Turk, answers as JSON": (
        "votes.csv",
        'HITId,WorkerId,Answer.taskAnswers\n1,ann,"[{""mood"": {""label"": ""yes""}}]"\n'
        '1,ben,"[{""mood"": {""label"": ""no""}}]"\n',
        "instance=HITId,annotator=WorkerId,label=Answer.taskAnswers.mood.label",
        TWO,
    ),
    "Mechanical Turk, boxes": (
        "votes.jsonl",
        lines(
            {"HITId": 1, "WorkerId": "ann", "Answer": {"mood": {"yes": True, "no": False}}},
            {"HITId": 1, "WorkerId": "ben", "Answer": {"mood": {"yes": False, "no": True}}},
        ),
        "instance=HITId,annotator=WorkerId,label=Answer.mood",
        TWO,
    ),
    "Toloka": (
        "votes.tsv",
        "INPUT:id\tOUTPUT:mood\tASSIGNMENT:worker_id\n1\tyes\tann\n1\tno\tben\n",
        "instance=INPUT:id,annotator=ASSIGNMENT:worker_id,label=OUTPUT:mood",
        TWO,
    ),
    "an object of annotators": (
        "votes.jsonl",
        lines({"id": 1, "votes": {"ann": "yes", "ben": "no"}}),
        "instance=id,label=votes",
        TWO,
    ),
    "a comma in a name": (
        "votes.csv",
        'id,"who, of us",what\n1,ann,yes\n1,ben,no\n',
        "instance=id,annotator=who, of us,label=what",
        TWO,
    ),
    "one-hot in JSON, true and false": (
        "votes.jsonl",
        lines({"id": 1, "who": "ann", "yes": True, "no": False}, {"id": 1, "who": "ben", "yes": 0.0, "no": 1.0}),
        "instance=id,annotator=who,label=yes+no",
        TWO,
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_published_layout_is_read_with_its_columns_named(tmp_path, layout):
    name, text, columns, votes = LAYOUTS[layout]
    assert read_votes(written(tmp_path, text, name), VoteColumns.parse(columns)) == votes


def test_cells_without_a_vote_are_counted(tmp_path):
    path = written(tmp_path, "id,ann,ben\n1,yes,\n2,,\n3,no,no\n")
    assert read_votes_file(path, VoteColumns.parse("instance=id,label=ann+ben")).missing == 3


@pytest.mark.parametrize(
    ("columns", "text", "problem"),
    [
        ("instance=id,annotator=who,label=what", "id,who\n1,ann\n", "line 2: unknown column 'what'; columns: id, who"),
        (
            "instance=id,annotator=who,label=x",
            "id,who,x\n1,,a\n",
            "line 2: who is empty; every vote needs an annotator",
        ),
        ("instance=id,annotator=who,label=x", "id,who,x\n,ann,a\n", "line 2: id is empty; every instance needs a"),
        ("instance=id,annotator=who,label=x", "id,who,x\n1,ann,\n", "no votes; the cells of all 1 rows are empty"),
        ("instance=id,label=x", "id,x\n1,a\n", "line 2: one label and no annotator; name the annotator's column"),
        ("instance=id,annotator=who,label=x+y", "id,who,x,y\n1,ann,2,0\n", "x is '2'; a column for each label holds 0"),
        ("instance=id,annotator=who,label=x", 'id,who,x\n1,"[1, 2]",a\n', "line 2: 2 annotators and the labels 'a'"),
    ],
)
def test_columns_that_do_not_fit_the_file_are_refused_in_one_line(tmp_path, columns, text, problem):
    with pytest.raises(ValueError, match=r"\A.+\Z") as caught:
        read_votes(written(tmp_path, text), VoteColumns.parse(columns))
    assert problem in str(caught.value)


@pytest.mark.parametrize("columns", ["instance=uid,label=counts", "instance=uid,annotator=uid,label=counts"])
def test_counts_of_votes_are_not_taken_for_annotators(tmp_path, columns):
    path = written(tmp_path, lines({"uid": "1", "counts": {"e": 51, "n": 49}}), "votes.jsonl")
    with pytest.raises(
        ValueError, match=r"line 1: the label is an object with 'e', 'n'; if these are annotators, name"
    ):
        read_votes(path, VoteColumns.parse(columns))


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("instance=id,rater=r,label=x", "unknown role 'rater'; roles: instance, annotator, label"),
        ("annotator=r,label=x", "name no instance; give instance=COLUMN,annotator=COLUMN,label=COLUMN"),
        ("instance=id", "name no label"),
        ("", "name no instance"),
        ("id,rater_id,label", "name no instance"),
    ],
)
def test_columns_that_are_not_named_by_role_are_refused(given, problem):
    with pytest.raises(ValueError, match=r"^columns ") as caught:
        VoteColumns.parse(given)
    assert problem in str(caught.value)


@settings(max_examples=50)
@given(votes=MANY)
def test_votes_that_were_written_as_csv_are_read_back(votes):
    with tempfile.TemporaryDirectory() as folder:
        assert read_votes(written(folder, votes_csv(votes))) == votes


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.floats() | st.sampled_from(["", "a", "b", "a,b", "['a']", "{"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "id"]), inner, max_size=2),
    max_leaves=6,
)
PATHS = st.sampled_from(["a", "b", "a.b", "a.a", "b.a.b", "a+b", "a..b", "id", "c"])


@settings(max_examples=200)
@given(
    st.lists(st.dictionaries(st.sampled_from(["a", "b", "id"]), VALUES, max_size=3), min_size=1, max_size=4),
    st.builds(VoteColumns, instance=PATHS, annotator=PATHS | st.none(), label=PATHS),
)
@example([{"a": [], "b": 0}], VoteColumns(instance="b", annotator=None, label="a"))
def test_any_columns_of_any_json_give_votes_or_one_line(rows, columns):
    with tempfile.TemporaryDirectory() as folder:
        path = written(folder, "".join(json.dumps(row) + "\n" for row in rows), "votes.jsonl")
        told = ""
        try:
            votes = read_votes(path, columns)
        except ValueError as error:
            told, votes = str(error), []
        assert "\n" not in told
        assert not told or str(path) in told
        assert all(all(vote) for vote in votes)


# ---- real votes


def test_md_agreement_is_read_but_for_its_one_repeated_vote():
    if not MD_AGREEMENT.is_dir():
        pytest.skip(f"no {MD_AGREEMENT}")
    votes = read_votes(MD_AGREEMENT / "annotations.csv.gz")
    assert Counter(Counter(vote.instance for vote in votes).values()) == {5: 10_752, 4: 1}
    assert {vote.label for vote in votes} == {"0", "1"}
