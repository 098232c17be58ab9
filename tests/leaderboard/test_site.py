"""The pages: whole, escaped, linked and the same each time; what may be on them, and where they may be written."""

import base64
import dataclasses
import hashlib
import json
import re
import shutil
import unicodedata
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import bundles
from bundles import sealed
from sites import PLANTED, hostile, inputs, reference, scored, submission
from synthworth.__main__ import main
from synthworth.core.entry import Entry
from synthworth.core.quality import write as write_quality
from synthworth.core.result import pack, read, to_line, write
from synthworth.core.tables import printable
from synthworth.leaderboard.site import figures, pages, samples, submissions, tables
from synthworth.leaderboard.site.build import build, check_predictions
from synthworth.leaderboard.site.folder import MARKER, put
from synthworth.leaderboard.site.html import renderer
from synthworth.leaderboard.site.names import slug
from synthworth.pipeline.replay import suites_in
from synthworth.submission.bundle import digest
from synthworth.submission.folder import load
from toys import quality

ROOT = Path(__file__).parents[2]
VOID = {"br", "hr", "img", "input", "link", "meta", "wbr"}


class Page(HTMLParser):
    """What a page holds: its elements in order, text outside of scripts, ids, links; errors where tags do not match."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.attributes, self.texts, self.ids, self.links, self.open = [], [], [], [], [], []
        self.scripts = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found[name] for name in ("href", "src") if name in found]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data):
        inside = self.open[-1] if self.open else ""
        (self.scripts if inside in ("script", "style") else self.texts).append(data)


def made(folder, found):
    """The pages by name, of a folder that is built."""
    build(folder / "site", found)
    return {str(p.relative_to(folder / "site")): p.read_text("utf-8") for p in (folder / "site").rglob("*.html")}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The pages of results in which a stranger has planted scripts."""
    folder = tmp_path_factory.mktemp("hostile")
    return made(folder, hostile(folder))


def test_there_is_an_index_and_a_page_for_each_entry_and_each_task(site):
    folders = Counter(name.rpartition("/")[0] for name in site)
    assert folders == {"": 1, "entry": 5, "task": 2}  # real, few_shot and three submissions


def test_every_element_is_closed_and_no_id_comes_twice(site):
    for name, text in site.items():
        found = Counter(Page(text).ids)
        assert max(found.values()) == 1, name


def test_every_link_leads_to_a_page_and_a_place_that_is_there(site):
    ids = {name: set(Page(text).ids) for name, text in site.items()}
    followed = 0
    for name, text in site.items():
        for link in Page(text).links:
            parts = urlsplit(link)
            if parts.scheme == "data":
                continue
            assert not parts.scheme, link
            assert not parts.netloc, link
            target = (Path("/") / name).parent / unquote(parts.path) if parts.path else Path("/") / name
            page = str(Path(*[p for p in target.resolve().parts if p != "/"]))
            assert page in ids, f"{name} links to {link}"
            assert not parts.fragment or parts.fragment in ids[page], f"{name} links to {link}"
            followed += 1
    assert followed > 100


def test_the_links_of_the_table_lead_to_pages(site):
    for board in rows_of(site["index.html"])["boards"]:
        assert {link for links in board["links"] for link in links if link} <= set(site)


def rows_of(text):
    """The rows that the index holds for its script."""
    return json.loads(re.search(r'<script type="application/json" id="rows">(.*?)</script>', text)[1])


def test_what_a_stranger_has_planted_is_text_on_every_page(site):
    for name, text in site.items():
        page = Page(text)
        assert "img" not in page.elements, name
        assert page.elements.count("script") == (3 if name == "index.html" else 1), name
        assert not [a for a, _ in page.attributes if a.startswith("on") or a == "style"], name
    (entry,) = (text for text in site.values() if "<dt>flags</dt>" in text)
    # method, generator, who, note, flag; on toy a label, a text and its provenance.
    assert "\n".join(Page(entry).texts).count(PLANTED) >= 8


@pytest.fixture(scope="module")
def render():
    return renderer()


def content(name, text):
    """What the pages show of one task and one submission of that name, with `text` wherever a stranger writes."""
    of_it = {"method": name, "generator": "gpt", "demonstrations": ""}
    key, results = (name, "gpt"), [scored(0.7, task="toy", **of_it), scored(0.6, task="toy")]
    entry = Entry(name="submitted", method=name, generator="gpt", who=text, note=text, flags=[text])
    one = samples.ShownText(text=text, label=text, provenance={"recording": text})
    return pages.Content(
        tables=tables.tables(results, {key: entry}),
        entries={key: entry},
        samples={(key, "toy"): samples.ShownTexts(texts=1, shown=(one,), recording=text, verified=True)},
        tasks={},
        quality={},
    )


def visible(character):
    """What a page shows of a character: a sign for what it cannot hold, and the number of what nobody would see."""
    if ord(character) in {*range(9), *range(11, 32), *range(127, 160), *range(0xD800, 0xE000)}:
        return "\N{REPLACEMENT CHARACTER}"
    unseen = unicodedata.category(character) == "Cf" and character not in "\u200c\u200d"
    return f"[U+{ord(character):04X}]" if unseen or character in "\u115f\u1160\u2800\u3164\uffa0" else character


@settings(max_examples=40)
@given(text=st.text(st.characters(), min_size=1, max_size=40))
@example(text="\ud800 \0 \r\n ]]> --> </blockquote>")
@example(text=PLANTED)
@example(text="safe\u202egpj.exe \u2066a\u2069 \u200b \u3164 \u06cc\u200c\u0646")
def test_any_text_of_a_stranger_is_shown_as_it_is_and_adds_no_element(text, render):
    def page(word):
        return Page(dict(pages.pages(content("x", word), render))["entry/x--gpt.html"])

    before, after = page("QWORDQ"), page(text)
    assert after.elements == before.elements
    shown = "".join(map(visible, text))
    assert "".join(before.texts).count("QWORDQ") == 7
    assert "".join(after.texts) == "".join(before.texts).replace("QWORDQ", shown)


@settings(max_examples=40)
@given(name=st.text(st.characters(), min_size=1, max_size=40))
@example(name="</script><script>alert(1)</script><!--")
def test_any_name_of_an_entry_is_in_the_rows_of_the_index_and_adds_no_element(name, render):
    found = dict(pages.pages(content(name, "text"), render))
    (board,) = rows_of(found["index.html"])["boards"]
    method = [column["name"] for column in board["columns"]].index("method")
    shown = printable(name)
    assert {cells[method] for cells in board["cells"]} == {shown, "few_shot"}
    plain = dict(pages.pages(content("x", "text"), render))["index.html"]
    assert Page(found["index.html"]).elements == Page(plain).elements


def test_the_policy_of_a_page_allows_its_own_scripts_and_style_by_their_hashes_and_nothing_else(site):
    for name, text in site.items():
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1].replace("&#39;", "'")
        rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}
        assert rules.pop("style-src") == [hashed(re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1])], name
        scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
        assert rules.pop("script-src") == [hashed(script) for script in scripts], name
        assert rules == {
            "default-src": ["'none'"],
            "img-src": ["data:"],
            "base-uri": ["'none'"],
            "form-action": ["'none'"],
        }


def hashed(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_no_page_names_anything_outside_of_the_folder(site):
    for name, text in site.items():
        outside = [link for link in Page(text).links if re.match(r"[a-z]+:|//", link)]
        assert outside == ["data:,"], name


def test_the_same_files_give_the_same_pages(tmp_path, site):
    assert made(tmp_path, hostile(tmp_path)) == site


def test_a_task_s_page_shows_the_prompts_that_are_sent(site):
    shown = " ".join(Page(site["task/toy.html"]).texts)
    for words in (
        "You write notes.",
        "Write a kind note of about 6 words.",
        "Write something else. Write",
        "How kind you are!",
    ):
        assert words in shown
    assert "No suite given" in " ".join(Page(site["task/other.html"]).texts)


def test_the_index_opens_with_the_answer_and_real_texts_are_apart(site):
    text = " ".join(" ".join(Page(site["index.html"]).texts).split())
    assert re.search(
        r"Best written set with as many real texts beside it, over 2 tasks: \w+, trained on 100 texts", text
    )
    for board in rows_of(site["index.html"])["boards"]:
        method = [column["name"] for column in board["columns"]].index("method")
        assert board["real"] == [cells[method] == "real" for cells in board["cells"]]
        assert all(0 <= share <= 1 for plot in board["plots"] for share in plot if share is not None)


def test_legends_say_how_many_texts_and_seeds(site):
    shown = " ".join(" ".join(Page(site["task/toy.html"]).texts).split())
    assert "real texts (5, 20, 100 per label; 2 seeds)" in shown
    assert "few_shot by smollm2-135m (100 per label; 2 seeds)" in shown
    assert re.search(r"Bars: 95 % over test rows and training seeds.*?; \d to \d seeds a row", shown)


def test_a_page_of_many_tasks_is_folded_under_a_list_of_contents(render):
    many = [scored(0.7, task=f"task-{n}", method=m, demonstrations="") for n in range(5) for m in ("real", "more")]
    found = pages.Content(tables=tables.tables(many, {}), entries={}, samples={}, tasks={}, quality={})
    (page,) = [Page(text) for name, text in pages.pages(found, render) if name.startswith("entry/more")]
    assert [("href", f"#on--task-{n}") in page.attributes for n in range(5)] == [True] * 5
    assert page.attributes.count(("class", "task")) == 5


def test_classifiers_that_read_no_text_are_not_on_the_pages(tmp_path):
    found = inputs(tmp_path)
    write(tmp_path / "results.jsonl", [scored(0.33, task="toy", classifier="majority")])  # beside those that are there
    site = made(tmp_path, found)
    assert "majority" not in {
        cell for board in rows_of(site["index.html"])["boards"] for c in board["cells"] for cell in c
    }


def test_recorded_texts_are_shown_with_what_made_them_where_they_are_those_that_were_scored(tmp_path):
    wanted = [r for r in read(ROOT / "suites" / "results.jsonl") if r.task == "sms_spam" and r.method == "few_shot"]
    suites = suites_in([ROOT / "suites" / "test_sms_spam.py"])
    (found,) = samples.replay_samples(wanted, suites).values()
    assert found.verified
    assert found.texts == 200
    assert found.recording == "cassettes/smollm2-135m/sms_spam/few_shot.jsonl"
    assert Counter(one.label for one in found.shown) == {"ham": 3, "spam": 3}
    for one in found.shown:
        assert set(one.provenance) == {"prompt", "sample", "seed", "finish reason", "demonstrations"}
        assert one.provenance["demonstrations"].count(f"sms_spam/{one.label}/") == 3
    recorded = (ROOT / found.recording).read_text("utf-8")
    assert all(f'"seed":{one.provenance["seed"]},' in recorded for one in found.shown)

    refined = [dataclasses.replace(r, method="few_shot|balance") for r in wanted]  # which has nothing to do here
    (same,) = samples.replay_samples(refined, suites).values()
    assert (same.shown, same.recording) == (found.shown, found.recording)

    (other,) = samples.replay_samples(
        [dataclasses.replace(r, train_version="another") for r in wanted], suites
    ).values()
    assert not other.shown
    assert "other texts than those that were measured" in other.problem


def test_a_legend_says_of_each_mark_what_it_is_and_names_no_other(render):
    methods = ("real", "labels", "few_shot")
    rows = [scored(0.7, task="toy", method=m, demonstrations="", generator="gpt" * (m == "few_shot")) for m in methods]
    found = pages.Content(tables=tables.tables(rows, {}), entries={}, samples={}, tasks={}, quality={})
    by_name = dict(pages.pages(found, render))
    legends = {
        method: re.search(r'<p class="keys">.*?</p>', text, re.DOTALL)[0]
        for method in methods
        for name, text in by_name.items()
        if name.startswith(f"entry/{method}")
    }
    assert "written texts" in legends["few_shot"]
    assert "written texts" not in legends["labels"]
    assert "label descriptions" in legends["labels"]
    assert "label descriptions" not in legends["few_shot"]


def test_submitted_texts_that_are_not_those_of_the_results_are_said_to_be_so(site):
    text = next(text for name, text in site.items() if name.startswith("entry/honest"))
    assert "Their hash is not that of the results" in text
    assert f"{'ab' * 32} {'cd' * 32}" in text  # the keys of its answers


def test_what_was_measured_of_texts_stands_on_the_page_of_their_entry(tmp_path):
    found = inputs(tmp_path)
    write_quality(
        tmp_path / "q.jsonl",
        [quality(train_version="toy--"), quality(train_version="another", generation_seed=1, size=77)],
    )
    site = made(tmp_path, dataclasses.replace(found, quality=tmp_path / "q.jsonl"))
    shown = " ".join(" ".join(Page(site["entry/few_shot--smollm2-135m.html"]).texts).split())
    assert "remote clique 0.800 (95 % 0.780 to 0.820)" in shown
    assert "suspected copies of test texts 1.5 % of the texts" in shown
    assert "at 77 texts" not in shown


def test_the_index_opens_with_the_worth_of_the_sets_and_leads_to_their_texts(tmp_path):
    (tmp_path / "notes.jsonl").write_text('{"text": "a mind of its own", "methods": ["few_shot"], "tasks": ["toy"]}\n')
    site = made(tmp_path, dataclasses.replace(inputs(tmp_path), notes=tmp_path / "notes.jsonl"))
    shown = " ".join(" ".join(Page(site["index.html"]).texts).split())
    assert "Of 2 sets of 100 texts per label, by 1 generator for 2 tasks, 2 are worth fewer than 30 real" in shown
    assert 'href="entry/few_shot--smollm2-135m.html#on--toy"' in site["index.html"]
    assert 'id="on--toy"' in site["entry/few_shot--smollm2-135m.html"]
    for name in ("index.html", "entry/few_shot--smollm2-135m.html", "task/toy.html"):
        assert "a mind of its own" in " ".join(Page(site[name]).texts)
    assert "a mind of its own" not in site["task/other.html"]


def test_the_page_of_a_task_has_real_texts_apart_and_names_the_sets_that_could_not_be_measured(tmp_path):
    (tmp_path / "notes.jsonl").write_text(
        '{"text": "a label is lacking", "methods": ["data-mine", "data-yours"], "tasks": ["toy"]}\n'
    )
    site = made(tmp_path, dataclasses.replace(inputs(tmp_path), notes=tmp_path / "notes.jsonl"))
    shown = " ".join(" ".join(Page(site["task/toy.html"]).texts).split())
    assert "Not measured: data-mine, data-yours (a label is lacking)." in shown
    assert "Not measured" not in site["task/other.html"]
    panel = site["task/toy.html"].partition('class="data dots named"')[2].partition("</table>")[0]
    written, _, real = panel.partition("Real texts, for comparison")
    assert "entry/real.html" in real
    assert "entry/real.html" not in written
    assert "entry/few_shot--smollm2-135m.html" in written


def test_no_number_of_an_axis_is_written_over_another():
    places = [(13.0, "5"), (40.0, "100"), (42.0, "105"), (46.0, "150"), (50.0, "200"), (96.0, "1000")]
    shown = list(figures._ticks(places))
    assert [tick.label for tick in shown] == ["5", "100", "150", "200", "1000"]
    assert [tick.label for tick in shown if not tick.fine] == ["5", "100", "200", "1000"]


def test_of_texts_made_elsewhere_the_pages_name_the_source_and_show_none(tmp_path):
    of_file = {"method": "data-gpt-9.few_shot.lab", "generator": "gpt-9", "demonstrations": "", "source": "lab/texts@1"}
    found = inputs(tmp_path)
    write(found.results, [scored(0.7, task="toy", prompting="few_shot", **of_file)])
    page = made(tmp_path, found)[f"entry/{slug(of_file['method'], 'gpt-9')}.html"]
    shown = " ".join(" ".join(Page(page).texts).split())
    assert "prompting few_shot source lab/texts@1" in shown
    assert "None are shown: they were made elsewhere, and are not ours to publish; they come from lab/texts@1" in shown


def test_copies_in_the_whole_file_and_under_another_label_stand_on_the_page_of_their_entry(tmp_path):
    found = inputs(tmp_path)
    of_a_file = quality(train_version="toy--", others=50, opposed={"test": 4, "train": 1})
    write_quality(tmp_path / "q.jsonl", [of_a_file])
    site = made(tmp_path, dataclasses.replace(found, quality=tmp_path / "q.jsonl"))
    shown = " ".join(" ".join(Page(site["entry/few_shot--smollm2-135m.html"]).texts).split())
    assert "suspected copies of test texts 1.2 % of the texts and the others of their file" in shown
    assert "suspected copies of real texts under another label 4 of test texts, 1 of train texts" in shown


def test_the_numbers_of_a_column_are_sorted_by_as_they_are_shown(site):
    for board in rows_of(site["index.html"])["boards"]:
        for place, column in enumerate(board["columns"]):
            pairs = [(c[place], o[place]) for c, o in zip(board["cells"], board["orders"], strict=True)]
            if column["name"] in ("macro_f1", "low", "high", "accuracy", "drop"):
                assert column["numeric"]
                assert all((order is None) if not cell else abs(order - float(cell)) <= 0.0005 for cell, order in pairs)
            if not column["numeric"]:
                assert {order for _, order in pairs} == {None}


@pytest.mark.parametrize(
    "ascending",
    [
        ["<10", "10", "12 (<10 to 18)", "100", ">100", "all"],
        ["0/10", "1/10", "30/100", "2/4"],
        ["-0.5", "0", "0.25 %", "3 %", "1,234"],
    ],
)
def test_cells_are_ordered_by_what_they_mean(ascending):
    orders = [tables.order(cell) for cell in ascending]
    assert orders == sorted(orders)
    assert len(set(orders)) == len(orders)


@pytest.mark.parametrize(
    "cell", ["2026-11-20", "data-verified", "task 1, data abc", "mean of 10", "", "1/2/3", "GPT 5"]
)
def test_a_cell_that_is_no_number_is_sorted_as_text(cell):
    assert tables.order(cell) is None


def test_divisions_never_share_a_table_and_real_texts_are_in_both(site):
    closed, free = rows_of(site["index.html"])["boards"]
    methods = [
        {cells[[c["name"] for c in b["columns"]].index("method")] for cells in b["cells"]} for b in (closed, free)
    ]
    assert methods == [{"real", "few_shot", "honest", PLANTED}, {"real", "free"}]
    assert free["title"].endswith(", open division")


def test_data_sources_never_share_a_table(tmp_path):
    found = tables.tables([scored(0.6), scored(0.7, data="quickstart")], {})
    assert [{r.data for r in table.results} for table in found] == [{"mirror"}, {"quickstart"}]


def test_mistakes_are_counted_over_seeds_of_the_largest_set():
    small = scored(0.5, per_label=10, confusion=((100, 0), (0, 100)))
    seeds = [scored(0.6, training_seed=n, confusion=((90 - n, 10 + n), (46, 54))) for n in range(3)]
    (table,) = tables.tables([small, *seeds], {})
    (found,) = figures.mistakes(table, [small, *seeds])
    assert np.array_equal(found.counts, np.sum([r.confusion for r in seeds], axis=0))
    assert (found.seeds, found.per_label) == (3, "100")
    assert found.recalls == pytest.approx((267 / 300, 162 / 300))
    assert found.worst == ("bad", "good", pytest.approx(0.46))


def test_a_curve_has_its_points_inside_its_axes_and_higher_scores_higher():
    (table,) = tables.tables([r for r in reference() if r.task == "toy"], {})
    rows = [line.row for line in table.lines]
    for curve in figures.curves(table, "toy", rows):
        for point in (*curve.real, *curve.others):
            assert figures.LEFT < point.x < figures.RIGHT
            assert figures.TOP <= point.high < point.y < point.low <= figures.BOTTOM
        heights = {row.macro_f1: point.y for row, point in zip(curve.rows, (*curve.real, *curve.others), strict=True)}
        assert sorted(heights, reverse=True) == sorted(heights, key=heights.get)
        assert [tick.label for tick in curve.x] == ["5", "20", "100"]


NAMES = st.lists(
    st.text(max_size=12) | st.sampled_from(["a", "a-", "-a", "a--b", "b", "A", "con", "..", "a~b"]),
    min_size=1,
    max_size=2,
)


@settings(max_examples=300)
@given(one=NAMES, other=NAMES)
def test_names_of_files_are_safe_and_told_apart(one, other):
    for parts in (one, other):
        assert re.fullmatch(r"[a-z0-9][a-z0-9_.~-]*", slug(*parts))
    assert (slug(*one) == slug(*other)) == (one == other)


# --- the folder ---


def files(folder):
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}


def test_a_folder_of_ours_is_replaced_as_a_whole(tmp_path):
    put(tmp_path / "site", [("index.html", "old"), ("entry/a.html", "a")])
    assert put(tmp_path / "site", [("index.html", "new")]) == 1
    assert files(tmp_path / "site") == {"index.html": "new", MARKER: "index.html\n"}
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_failure_leaves_the_folder_as_it_was_and_nothing_beside_it(tmp_path):
    def broken():
        yield "index.html", "new"
        raise ValueError("no more")

    put(tmp_path / "site", [("index.html", "old")])
    for out in ("site", "another"):
        with pytest.raises(ValueError, match="no more"):
            put(tmp_path / out, broken())
    assert files(tmp_path) == {"site/index.html": "old", f"site/{MARKER}": "index.html\n"}


@pytest.mark.parametrize(
    ("name", "problem"),
    [("mine.txt", "was not made by this command; name a new folder"), (MARKER, "holds 'mine.txt', which this command")],
)
def test_what_we_did_not_write_is_never_overwritten(tmp_path, name, problem):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / name).write_text("index.html\n")
    (tmp_path / "site" / "mine.txt").write_text("mine")
    before = files(tmp_path)
    with pytest.raises(ValueError, match=problem):
        put(tmp_path / "site", [("index.html", "new")])
    assert files(tmp_path) == before


# --- submissions, and the command ---


def test_the_state_of_a_submission_is_what_a_verification_found(tmp_path):
    submission(tmp_path, "unseen")
    submission(tmp_path, "checked", verification={"state": "data-verified", "flags": ["few texts"]})
    submission(tmp_path, "caught").with_name("caught.verification.json").write_text(
        json.dumps({"manifest": digest(load(tmp_path / "caught")), "entry": None}), encoding="utf-8"
    )
    found = {one.entry.name: (one.entry.state, one.entry.flags) for one in submissions.read(tmp_path)}
    assert found == {
        "unseen": ("self-reported", ()),
        "checked": ("data-verified", ("few texts",)),
        "caught": ("self-reported", ()),
    }


def test_the_verification_of_a_bundle_is_not_that_of_the_bundle_that_took_its_place(tmp_path):
    path = submission(tmp_path, "better", verification={"state": "data-verified", "flags": []})
    declared = path / "declaration.json"
    declared.write_text(declared.read_text("utf-8").replace("A. Nonymous", "Somebody"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"declaration.json is not what the manifest says.*fetch it again"):
        submissions.read(tmp_path)
    sealed(path)
    with pytest.raises(ValueError, match="belongs to another bundle; verify this one"):
        submissions.read(tmp_path)


def test_what_verify_reports_is_what_the_pages_read(tmp_path, monkeypatch):
    def unlike(texts, **more):  # no text is near another: embedding takes longer than all the rest, and is no matter
        return np.eye(len(texts), dtype=np.float32)

    monkeypatch.setattr("synthworth.training.embed", unlike)
    project = bundles.made(tmp_path)
    shutil.copytree(project.bundle, tmp_path / "submissions" / "toy")
    report = tmp_path / "submissions" / "toy.verification.json"
    suites, data = project.project / "suites", project.project / "mirror"
    asked = [
        "verify",
        tmp_path / "submissions" / "toy",
        "--suites",
        suites,
        "--data",
        data,
        "--json",
        report,
        "--processes",
        1,
    ]
    assert main([str(word) for word in asked]) == 0
    (found,) = submissions.read(tmp_path / "submissions")
    assert found.entry.state == "generation-verified"
    assert {one.training_seed for one in project.results} == {0, 1}
    assert {one.training_seed for one in found.results} == {0}  # what the verifier has trained


def test_a_verified_score_is_the_verifier_s_and_never_the_bundle_s_own(tmp_path):
    of_it = {"method": "better", "generator": "gpt", "demonstrations": ""}
    state = {"state": "data-verified", "flags": []}
    submission(tmp_path, "better", results=[scored(0.9, **of_it)], verified=[scored(0.8, **of_it)], verification=state)
    assert [one.macro_f1 for one in submissions.read(tmp_path)[0].results] == [0.8]
    submission(tmp_path, "worse", verified=[], verification=state)
    with pytest.raises(ValueError, match=r"worse.verification.json holds no results of the verifier; verify again"):
        submissions.read(tmp_path)


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("declaration.json", "[]", "is a JSON object, got list"),
        ("declaration.json", '{"name": "a", "name": "b"}', "the key 'name' comes twice"),
        ("declaration.json", '{"name": "a", "state": "data-verified"}', "unknown field 'state'"),
        ("declaration.json", "[" * 100_000, "more than 8 levels"),
        ("declaration.json", b"\xff", "not UTF-8 text"),
        ("results.jsonl", "", "holds no result"),
        ("results.jsonl", "{}\n", "line 1: missing field 'task'"),
        ("results.jsonl", to_line(scored(0.5)) + "\n", "a result of 'few_shot' by 'smollm2-135m'; 'broken'"),
        ("texts/toy.0.jsonl", '{"text": 1, "label": "good"}\n', "line 1: text is 1, which has the wrong type"),
    ],
)
def test_a_broken_submission_is_refused_in_one_line_that_names_the_file(tmp_path, file, text, problem, capsys):
    found = inputs(tmp_path)
    path = submission(found.submissions, "broken")
    (path / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    sealed(path)
    assert called(tmp_path, "--submissions", found.submissions) == 4
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    assert f"{path}: {file}" in shown.err
    assert re.search(problem, shown.err)
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("text", ["[]", "{}", '{"entry": []}', '{"entry": {"state": "best"}}', "{", "[" * 9_999])
def test_a_report_that_is_none_is_refused_in_one_line(tmp_path, text, capsys):
    found = inputs(tmp_path)
    path = submission(found.submissions, "broken").with_name("broken.verification.json")
    path.write_text(text, encoding="utf-8")
    assert called(tmp_path, "--submissions", found.submissions) == 4
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1
    assert str(path) in shown.err


def called(folder, *more):
    options = (
        "--results",
        folder / "results.jsonl",
        "--suites",
        folder / "test_toy.py",
        "--out",
        folder / "site",
        *more,
    )
    return main(["site", *map(str, options)])


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ({"method": "real"}, "has the method real, a reference for all others"),
        ({"method": "labels", "generator": ""}, "has the method labels, a reference for all others"),
        ({"method": "few_shot", "generator": "smollm2-135m"}, "as is the results; leave one of them out"),
        ({"method": "honest"}, "as is the submission 'honest'; leave one of them out"),
        ({"method": "few-shot", "generator": "smollm2-135m"}, "which looks like 'few_shot' by 'smollm2-135m' of the"),
        ({"method": "h0nest"}, "which looks like 'honest' by 'gpt' of the submission 'honest'; give it another name"),
    ],
)
def test_a_submission_cannot_stand_for_the_results_of_another(tmp_path, declared, problem, capsys):
    found = inputs(tmp_path)
    submission(found.submissions, "honest")
    submission(found.submissions, "intruder", **declared)
    assert called(tmp_path, "--submissions", found.submissions) == 4
    assert problem in capsys.readouterr().err


def test_a_submission_cannot_bring_a_task_that_would_take_the_mean_from_all_others(tmp_path, capsys):
    found = inputs(tmp_path)
    results = [
        scored(0.7, task=t, method="more", generator="gpt", demonstrations="") for t in ("toy", "other", "third")
    ]
    submission(found.submissions, "more", results=results)
    assert called(tmp_path, "--submissions", found.submissions) == 4
    assert "has results of the task 'third', which no other entry has" in capsys.readouterr().err


@pytest.mark.parametrize("changed", [{"task_version": 99}, {"data_version": "another"}])
def test_a_submission_cannot_bring_a_version_that_would_take_the_place_of_everybody_s(tmp_path, changed, capsys):
    found = inputs(tmp_path)
    of_it = {"method": "more", "generator": "gpt", "demonstrations": ""}
    submission(found.submissions, "more", results=[scored(0.7, task="toy", **of_it, **changed)])
    assert called(tmp_path, "--submissions", found.submissions) == 4
    assert "of a version of toy or its data that no other entry has" in capsys.readouterr().err


def test_a_submission_on_other_real_texts_has_a_leaderboard_of_its_own(tmp_path):
    found = inputs(tmp_path)
    of_it = {"method": "more", "generator": "gpt", "demonstrations": "", "data": "hub", "data_version": "of the hub"}
    submission(found.submissions, "more", results=[scored(0.7, task="toy", **of_it)])
    assert called(tmp_path, "--submissions", found.submissions) == 0
    boards = rows_of((tmp_path / "site/index.html").read_text("utf-8"))["boards"]
    assert len(boards) == 2


def test_a_bundle_that_lost_its_manifest_is_told_and_not_passed_over(tmp_path, capsys):
    found = inputs(tmp_path)
    (submission(found.submissions, "cut") / "manifest.json").unlink()
    assert called(tmp_path, "--submissions", found.submissions) == 4
    assert "cut is not a bundle: it has no manifest.json" in capsys.readouterr().err


def test_a_submission_whose_predictions_give_another_confusion_is_named_where_the_labels_are_at_hand():
    one = scored(
        0.7, task="toy", method="more", predicted=pack([0] * 100 + [1] * 100, 2), confusion=((60, 40), (40, 60))
    )
    entry = Entry(name="more", method="more", generator="gpt")
    bundle = submissions.SubmittedEntry(entry=entry, results=[one], texts={})
    true = ["good"] * 60 + ["bad"] * 40 + ["good"] * 40 + ["bad"] * 60
    check_predictions(bundle, {("toy", one.data_version): true})
    with pytest.raises(ValueError, match="a result of toy, minilm has another confusion than its predictions give"):
        check_predictions(bundle, {("toy", one.data_version): true[::-1][50:] + true[:50]})


def test_a_link_in_a_submission_is_not_followed(tmp_path, capsys):
    found = inputs(tmp_path)
    path = submission(found.submissions, "linked") / "texts" / "toy.0.jsonl"
    path.unlink()
    path.symlink_to(tmp_path / "results.jsonl")
    assert called(tmp_path, "--submissions", found.submissions) == 4
    assert "texts/toy.0.jsonl' is a link; a bundle holds plain files" in capsys.readouterr().err


def test_the_command_writes_the_pages_and_says_where(tmp_path, capsys):
    inputs(tmp_path)
    assert called(tmp_path) == 0
    assert capsys.readouterr().out == f"5 pages; open {tmp_path / 'site' / 'index.html'}\n"
    assert called(tmp_path) == 0  # the folder is ours


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (("--results", "nowhere.jsonl"), "cannot read results from nowhere.jsonl"),
        (("--submissions", "nowhere"), "no folder nowhere; name the one that holds the submissions' folders"),
        (("--quality", "nowhere.jsonl"), "cannot read measures of texts from nowhere.jsonl"),
        (("--suites", "nowhere.py"), "no suite nowhere.py"),
    ],
)
def test_a_mistake_of_the_command_is_one_line_and_writes_nothing(tmp_path, more, problem, capsys):
    inputs(tmp_path)
    assert called(tmp_path, *more) == 4
    shown = capsys.readouterr().err
    assert shown.startswith(f"error: {problem}")
    assert shown.count("\n") == 1
    assert not (tmp_path / "site").exists()


def test_results_of_nothing_are_refused(tmp_path, capsys):
    inputs(tmp_path)
    (tmp_path / "results.jsonl").write_text("")
    assert called(tmp_path) == 4
    assert "no results in" in capsys.readouterr().err
