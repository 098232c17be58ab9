"""Comparisons are read as they were written, sheets ask every pair fairly, and an answer is taken for what it says."""

import csv
import gzip
import io
import itertools
import json
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import toys
from synthworth.subjectivity.comparisons import (
    ANSWER,
    COLUMNS,
    INSTRUCTION,
    OBJECTIVE,
    Comparison,
    PairAnswers,
    answer_of,
    question,
    read_answers,
    read_comparisons,
    read_sheet,
    sheets,
    stand_in_name,
    to_csv,
)

NAMES = ("ag_news", "humor_speech", "imdb", "sms_spam", "tweet_irony")
TASKS = [toys.task(name=name) for name in NAMES]
NEWS, IMDB = toys.task(name="ag_news"), toys.task(name="imdb")
FILES = ["comparisons.csv", "comparisons.csv.gz"]
COMPARISONS = [Comparison("imdb", "ag_news", "ann"), Comparison("ag_news", "sms_spam", "ben")]
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ufeff"), max_size=6).filter(
    lambda word: word and word == word.strip()
)
MANY = st.lists(st.builds(Comparison, WORDS, WORDS, WORDS).filter(lambda c: c.winner != c.loser), min_size=1)


def written(folder, text, name="comparisons.csv"):
    data = text if isinstance(text, bytes) else text.encode()
    path = Path(folder) / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def refused(read, path):
    """What reading says, which is one line."""
    with pytest.raises(ValueError, match=r"\A.+\Z") as caught:
        read(path)
    return str(caught.value)


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def filled(folder, text, answer, separator=","):
    """A sheet whose column is filled with what `answer` says of each row."""
    rows, file = rows_of(text), io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, delimiter=separator)
    writer.writeheader()
    writer.writerows(row | {ANSWER: answer(row)} for row in rows)
    return written(folder, file.getvalue(), "sheet.csv")


def asked(text):
    """The pairs on a sheet, whichever side is first."""
    return [tuple(sorted((row["first"], row["second"]))) for row in rows_of(text)]


# ---- comparisons in a file


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=50)
@given(comparisons=MANY)
def test_comparisons_are_read_back_as_they_were_written(name, comparisons):
    with tempfile.TemporaryDirectory() as folder:
        assert read_comparisons(written(folder, to_csv(comparisons), name)) == comparisons


def test_a_file_without_comparisons_is_refused(tmp_path):
    path = written(tmp_path, to_csv([]))
    assert refused(read_comparisons, path) == f"{path}: no comparisons; needed are lines with winner, loser, annotator"


@pytest.mark.parametrize("column", Comparison._fields)
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_field_is_named_with_its_line(tmp_path, column, empty):
    path = written(tmp_path, to_csv([*COMPARISONS, COMPARISONS[0]._replace(**{column: empty})]))
    assert refused(read_comparisons, path) == f"{path}, line 4: {column} is empty; give winner, loser, annotator"


def test_a_row_that_ends_early_has_an_empty_field(tmp_path):
    path = written(tmp_path, to_csv(COMPARISONS) + "imdb,ag_news\n")
    assert f"{path}, line 4: annotator is empty" in refused(read_comparisons, path)


def test_a_task_compared_with_itself_is_named_with_its_line(tmp_path):
    path = written(tmp_path, to_csv([*COMPARISONS, Comparison("imdb", "imdb", "ann")]))
    assert refused(read_comparisons, path) == (
        f"{path}, line 4: 'imdb' is compared with itself; a comparison has two tasks"
    )


def test_an_unknown_task_is_refused_with_the_nearest_one(tmp_path):
    path = written(tmp_path, to_csv([*COMPARISONS, Comparison("imdb", "agnews", "ann")]))
    with pytest.raises(ValueError, match=r"line 4: unknown task 'agnews'; tasks: ag_news, .*; did you mean ag_news\?"):
        read_comparisons(path, tasks=NAMES)


def test_any_task_may_be_named_where_none_are_given(tmp_path):
    path = written(tmp_path, to_csv([Comparison("one", "two", "ann")]))
    assert read_comparisons(path) == [Comparison("one", "two", "ann")]


# ---- the sheet


def test_twelve_annotators_of_ten_tasks_give_the_540_comparisons_of_the_paper():
    tasks = [toys.task(name=f"task_{i}") for i in range(10)]
    rows = [row for text in sheets(tasks, [f"a{i}" for i in range(12)]).values() for row in rows_of(text)]
    assert len(rows) == 540


def test_everybody_is_asked_every_pair_once_by_default():
    for text in sheets(TASKS, ["ann", "ben"]).values():
        assert sorted(asked(text)) == list(itertools.combinations(NAMES, 2))


@settings(max_examples=50)
@given(size=st.integers(1, 10), annotators=st.integers(1, 12), seed=st.integers(0, 99))
def test_pairs_are_dealt_evenly_and_nobody_has_one_twice(size, annotators, seed):
    dealt = sheets(TASKS, [f"a{i}" for i in range(annotators)], pairs_per_annotator=size, seed=seed)
    hands = [asked(text) for text in dealt.values()]
    assert all(len(set(hand)) == size == len(hand) for hand in hands)
    counts = Counter(pair for hand in hands for pair in hand)
    assert max(counts.values()) - min(counts[pair] for pair in itertools.combinations(NAMES, 2)) <= 1


@given(size=st.integers(1, 10), seed=st.integers(0, 99))
def test_an_annotator_added_at_the_end_changes_no_sheet_before(size, seed):
    two, three = (
        sheets(TASKS, names, pairs_per_annotator=size, seed=seed) for names in (["ann", "ben"], ["ann", "ben", "cy"])
    )
    assert {name: three[name] for name in two} == two


def test_the_same_seed_gives_the_same_sheets_in_whatever_order_the_tasks_come():
    assert sheets(TASKS, ["ann"], seed=3) == sheets(TASKS[::-1], ["ann"], seed=3)


def test_another_seed_and_another_annotator_give_another_order():
    one, other = sheets(TASKS, ["ann", "ben"], seed=3).values()
    assert asked(one) != asked(other)
    assert asked(one) != asked(sheets(TASKS, ["ann"], seed=4)["ann"])


def test_sides_are_drawn_at_random():
    rows = [row for seed in range(40) for row in rows_of(sheets(TASKS, ["ann"], seed=seed)["ann"])]
    assert 150 < sum(row["first"] < row["second"] for row in rows) < 250


def test_a_row_says_what_the_tasks_are_what_is_asked_and_of_whom():
    rows = rows_of(sheets([NEWS, IMDB], ["ann"])["ann"])
    labels = "good (a kind note); bad (an unkind note)"
    assert [sorted(row.values()) for row in rows] == [
        sorted(["ann", "ag_news", labels, "imdb", labels, INSTRUCTION, ""])
    ]
    assert rows[0][ANSWER] == ""


def test_a_row_shows_each_task_with_its_own_labels():
    other = toys.task(name="other", labels={"good": "praise", "bad": "blame"})
    for row in rows_of(sheets([NEWS, other], ["ann"])["ann"]):
        assert ("praise" in row["first_labels"], "praise" in row["second_labels"]) == (
            row["first"] == "other",
            row["second"] == "other",
        )


@pytest.mark.parametrize(
    ("tasks", "annotators", "size", "message"),
    [
        (TASKS[:1], ["ann"], None, "1 task; give at least 2 to compare"),
        (TASKS, ["ann"], 11, "11 pairs per annotator; 5 tasks have 1 to 10 pairs"),
        (TASKS, ["ann"], 0, "0 pairs per annotator; 5 tasks have 1 to 10 pairs"),
        ([*TASKS, NEWS], ["ann"], None, "the task 'ag_news' is there 2 times; give distinct task names"),
        (TASKS, ["ann", "ann"], None, "the annotator 'ann' is there 2 times; give distinct annotator names"),
        (TASKS, [" "], None, "annotator name ' ' is blank; give distinct annotator names"),
    ],
)
def test_sheets_that_cannot_be_dealt_are_refused(tasks, annotators, size, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        sheets(tasks, annotators, pairs_per_annotator=size)


# ---- the sheet, filled in


@pytest.mark.parametrize("side", ["first", "second"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_the_task_that_is_written_down_wins(tmp_path, side, separator):
    text = sheets(TASKS, ["ann"])["ann"]
    answers = read_sheet(filled(tmp_path, text, lambda row: row[side], separator))
    other = {"first": "second", "second": "first"}[side]
    assert answers == PairAnswers(tuple(Comparison(row[side], row[other], "ann") for row in rows_of(text)), 0)


def test_a_filled_in_sheet_says_what_the_person_thinks_whatever_the_sides(tmp_path):
    answers = read_sheet(filled(tmp_path, sheets(TASKS, ["ann"])["ann"], lambda row: min(row["first"], row["second"])))
    assert {(c.winner, c.loser) for c in answers.comparisons} == set(itertools.combinations(NAMES, 2))


def test_rows_without_an_answer_are_left_out_and_counted(tmp_path):
    text = sheets(TASKS, ["ann"])["ann"]
    answers = read_sheet(filled(tmp_path, text, lambda row: row["first"] if "imdb" in row.values() else " "))
    assert (len(answers.comparisons), answers.unanswered) == (4, 6)


@pytest.mark.parametrize("name", ["=1+1", "@ann", "-ann", "'=ann", "'tis ann", "-0.5"])
def test_no_cell_of_a_sheet_is_a_formula_and_the_annotator_is_read_back_as_named(tmp_path, name):
    text = sheets(TASKS, [name])[name]
    cells = [cell for row in rows_of(text) for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "-ann"))]
    answers = read_sheet(filled(tmp_path, text, lambda row: row["first"]))
    assert {comparison.annotator for comparison in answers.comparisons} == {name}
    assert read_comparisons(written(tmp_path, to_csv(answers.comparisons))) == list(answers.comparisons)


def test_a_sheet_that_nobody_has_filled_in_has_no_comparisons(tmp_path):
    assert read_sheet(written(tmp_path, sheets(TASKS, ["ann"])["ann"])) == PairAnswers((), 10)


@pytest.mark.parametrize("answer", ["ag_news", "AG_News", " ag news ", "Ag-News"])
def test_capitals_blanks_and_hyphens_do_not_matter(tmp_path, answer):
    path = filled(tmp_path, sheets([NEWS, IMDB], ["ann"])["ann"], lambda row: answer)
    assert read_sheet(path).comparisons == (Comparison("ag_news", "imdb", "ann"),)


@pytest.mark.parametrize("answer", ["both", "first", "ag_news imdb", "sms_spam", "ag_new"])
def test_an_answer_that_is_neither_name_is_refused_with_its_line(tmp_path, answer):
    text = sheets([NEWS, IMDB], ["ann"])["ann"]
    (row,) = rows_of(text)
    path = filled(tmp_path, text, lambda row: answer)
    assert refused(read_sheet, path) == (
        f"{path}, line 2: more_objective is {answer!r}; write {row['first']} or {row['second']}, or leave it empty"
    )


@pytest.mark.parametrize("column", ["annotator", "first", "second"])
def test_a_sheet_that_lost_a_field_is_refused_with_its_line(tmp_path, column):
    cells = {"annotator": "ann", "first": "ag_news", "second": "imdb", ANSWER: "imdb"} | {column: ""}
    path = written(tmp_path, ",".join(cells) + "\n" + ",".join(cells.values()) + "\n")
    assert refused(read_sheet, path) == (
        f"{path}, line 2: annotator, first or second is empty; fill in only more_objective"
    )


def test_a_sheet_that_compares_a_task_with_itself_is_refused(tmp_path):
    path = written(tmp_path, f"annotator,first,second,{ANSWER}\nann,imdb,imdb,\n")
    assert "line 2: 'imdb' is compared with itself" in refused(read_sheet, path)


def test_a_file_of_comparisons_is_no_sheet(tmp_path):
    assert "no column 'first'" in refused(read_sheet, written(tmp_path, to_csv(COMPARISONS)))


@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
def test_a_sheet_and_a_file_of_comparisons_are_told_apart_by_their_columns(tmp_path, ending):
    path = filled(tmp_path, sheets(TASKS, ["ann"])["ann"], lambda row: row["first"])
    assert read_answers(path) == read_sheet(path)
    assert read_answers(written(tmp_path, to_csv(COMPARISONS), f"c{ending}")) == PairAnswers(tuple(COMPARISONS), 0)


def test_comparisons_may_come_as_json_lines(tmp_path):
    text = "".join(json.dumps(comparison._asdict()) + "\n" for comparison in COMPARISONS)
    assert read_comparisons(written(tmp_path, text, "comparisons.jsonl")) == COMPARISONS


# ---- the question to a generator


def test_a_generator_is_asked_what_people_are_asked():
    assert OBJECTIVE in INSTRUCTION
    assert OBJECTIVE in question(NEWS, IMDB)


def test_a_question_shows_both_tasks_under_their_letters():
    lines = question(NEWS, IMDB).splitlines()
    labels = "A text is one of: good (a kind note); bad (an unkind note)"
    assert [f"A: ag_news. {labels}", f"B: imdb. {labels}"] == [line for line in lines if line[1:3] == ": "]


def test_the_question_can_be_asked_the_other_way_round():
    assert question(NEWS, IMDB) != question(IMDB, NEWS)


@pytest.mark.parametrize("ask", [question, lambda one, other: answer_of("A", one, other)])
def test_a_task_and_itself_are_no_question(ask):
    with pytest.raises(ValueError, match="'imdb' is compared with itself; give two tasks"):
        ask(IMDB, IMDB)


def test_a_stand_in_is_labelled_as_one():
    assert stand_in_name("smollm2-135m") == "model:smollm2-135m"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a name and nothing else
        ("ag_news", "ag_news"),
        ("imdb", "imdb"),
        ("  **IMDB**.\n", "imdb"),
        ('"Ag News"', "ag_news"),
        (r"ag\_news", "ag_news"),
        # a letter
        ("A", "ag_news"),
        ("b", "imdb"),
        ("(B)", "imdb"),
        ("B.", "imdb"),
        ("A: ag_news", "ag_news"),
        ("B is the more objective one.", "imdb"),
        ("Task B has clear features.", "imdb"),
        ("I would choose option A here.", "ag_news"),
        # prose
        ("The more objective task is ag_news, since topics are named.", "ag_news"),
        ("A task is objective where features settle it, so imdb.", "imdb"),
        ("imdb is less objective than ag_news.", "ag_news"),
        ("imdb is the more subjective one.", "ag_news"),
        ("imdb is not the more objective task.", "ag_news"),
        ("ag_news is more objective, while imdb is more subjective.", "ag_news"),
        ("ag_news. Tastes, which imdb needs, are not objective.", "ag_news"),
        # a verdict after thoughts
        ("imdb is about taste.\nAnswer: ag_news", "ag_news"),
        ("A: ag_news names topics. B: imdb has opinions. The answer is B.", "imdb"),
        ("Answer: imdb? No. Answer: ag_news", "ag_news"),
        ("<think>imdb? No, imdb is taste.</think>\nag_news", "ag_news"),
        # nothing to go by
        ("", None),
        ("Both of them.", None),
        ("Neither ag_news nor imdb is objective.", None),
        ("ag_news and imdb are equally objective.", None),
        ("sms_spam", None),
        ("imdbs and bag_news", None),
        ("A task like this depends on the reader.", None),
        ("<think>Perhaps ag_news, but", None),
    ],
)
def test_an_answer_is_taken_for_what_it_says(text, expected):
    assert answer_of(text, NEWS, IMDB) == expected


@pytest.mark.parametrize(
    ("short", "long", "text"),
    [
        ("emotion", "tweet_emotion", "tweet_emotion"),
        ("emotion", "tweet_emotion", "Tweet emotion is."),
        ("emotion", "tweet_emotion", "tweet_emotion, not emotion"),
        ("news", "news_short", "News short, since its topics are named."),
    ],
)
def test_a_name_that_holds_the_other_one_is_told_from_it(short, long, text):
    one, other = toys.task(name=short), toys.task(name=long)
    assert answer_of(text, one, other) == answer_of(text, other, one) == long


def test_a_name_within_the_other_one_is_understood_alone():
    assert answer_of("emotion", toys.task(name="tweet_emotion"), toys.task(name="emotion")) == "emotion"


@given(
    st.text()
    | st.lists(st.sampled_from(["A", "B", "imdb", "ag_news", "answer:", "less objective", ". "])).map(" ".join)
)
def test_whatever_a_generator_says_is_one_of_the_two_or_nothing(text):
    assert answer_of(text, NEWS, IMDB) in ("ag_news", "imdb", None)


@given(st.lists(st.sampled_from(["imdb", "ag_news", "is", "less objective", "than", ". ", "answer:"])).map(" ".join))
def test_names_mean_the_same_whichever_task_came_first(text):
    assert answer_of(text, NEWS, IMDB) == answer_of(text, IMDB, NEWS)


@pytest.mark.parametrize("text", ["A", "(b)", "Task A", "Answer: B"])
def test_letters_mean_the_sides(text):
    assert {answer_of(text, NEWS, IMDB), answer_of(text, IMDB, NEWS)} == {"ag_news", "imdb"}
