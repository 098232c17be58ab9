"""Figures show the numbers they are given, say what these are, and are the same bytes wherever they are drawn."""

import csv
import dataclasses
import itertools
import math
import os
import random
import string
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from PIL import Image

from synthworth.measures.statistics.association import Correlation, RegressionLine, regression_line, spearman
from synthworth.study.figures import (
    AgreementCurve,
    AgreementCurves,
    AgreementPoint,
    Diversity,
    Drop,
    DropAgainstSubjectivity,
    LearningCurves,
    LearningPoint,
    MeasuredPoint,
    Scores,
    Similarity,
    caption,
    draw,
    look,
    title,
)
from synthworth.study.figures.files import paint
from synthworth.study.figures.names import arranged, shared
from synthworth.study.figures.numbers import pairs

TASKS = ("ag_news", "relation", "imdb", "sms_spam", "reddit_emotion", "tweet_irony", "tweet_emotion", "sarcasm_news")
TASKS = (*TASKS, "financial_phrasebank", "humor_speech", "md_agreement", "toxic_comments")
METHODS = ("real", "few_shot", "zero_shot")
SIX = (*METHODS, "attr_prompt", "zero_shot + relabel", "few_shot (real examples)")
THRESHOLDS = (0.4, 0.6, 0.8, 1.0)
TOLD = {"source": "invented numbers", "interval": "95 % over nothing at all", "note": "a note"}
NAMES = ("diversity", "similarity", "scores", "agreement", "learning_curves", "drop")
LEAST = 50


def measured(chance, tasks, methods, n=500):
    return tuple(
        MeasuredPoint(task=task, method=method, value=v, low=v - chance.uniform(0.01, 0.03), high=v + 0.02, n=n)
        for task in tasks
        for method in methods
        if (v := chance.uniform(0.3, 0.95))
    )


def agreement_curve(chance, task, method, thresholds):
    points = []
    for place, threshold in enumerate(thresholds):
        n = 3000 // (place + 1) if place < len(thresholds) - 1 or task != "imdb" else LEAST - 7
        value = chance.uniform(0.5, 0.9)
        kept = {"accuracy": value, "low": value - 0.03, "high": value + 0.04}
        kept = kept if n >= LEAST else dict.fromkeys(kept)
        points.append(AgreementPoint(threshold=threshold, n=n, **kept))
    x = [point.threshold for point in points if point.accuracy is not None]
    y = [point.accuracy for point in points if point.accuracy is not None]
    trend = {"line": None, "rank": None} if len(x) < 3 else {"line": regression_line(x, y), "rank": spearman(x, y)}
    return AgreementCurve(task=task, method=method, points=tuple(points), **trend)


def learning_points(chance, task, method):
    for size in (25, 100, 400):
        value = chance.uniform(0.4, 0.6) + 0.1 * math.log(size / 25)
        asked = method != "real" and size == 400
        low, worth, high = sorted(chance.choices([0, 30, 120, 300, math.inf], k=3)) if asked else [None] * 3
        ends = {"worth_low": low, "worth": worth, "worth_high": high}
        yield LearningPoint(
            task=task, method=method, per_label=size, value=value, low=value - 0.02, high=value + 0.02, n=970, **ends
        )


def drop_point(chance, task, method):
    x, y = chance.uniform(0.05, 0.6), chance.uniform(0, 0.4)
    ends = {"subjectivity_low": x - 0.04, "subjectivity_high": x + 0.05, "drop_low": y - 0.03, "drop_high": y + 0.02}
    return Drop(task=task, method=method, subjectivity=x, drop=y, n=970, **ends)


def all_figures(tasks=10, methods=METHODS, thresholds=THRESHOLDS):
    """One figure of each kind, of invented numbers."""
    chance, tasks = random.Random(0), TASKS[:tasks]
    both, synthetic = list(itertools.product(tasks, methods)), methods[1:]
    drops = tuple(drop_point(chance, task, method) for task in tasks for method in synthetic)
    rank = dict.fromkeys(synthetic, Correlation(0.8, 0.3, 0.95, 0.0004))
    curves = tuple(agreement_curve(chance, task, method, thresholds) for task, method in both)
    points = tuple(point for task, method in both for point in learning_points(chance, task, method))
    scores = {name: measured(chance, tasks, methods, n=2000) for name in ("minilm", "tfidf")}
    clique, chamfer = measured(chance, tasks, methods), measured(chance, tasks, methods)
    return [
        Diversity(remote_clique=clique, chamfer=chamfer, embedder="all-MiniLM-L6-v2", **TOLD),
        Similarity(cosines=measured(chance, tasks, synthetic, n=400), embedder="all-MiniLM-L6-v2", **TOLD),
        Scores(macro_f1=scores, **TOLD),
        AgreementCurves(curves=curves, least=LEAST, p="all pairings", **TOLD),
        LearningCurves(points=points, **TOLD),
        DropAgainstSubjectivity(drops=drops, rank=rank, p="Fisher", subjectivity="subjectivity (1 - alpha)", **TOLD),
    ]


FIGURES = all_figures()
SMALL = Similarity(cosines=measured(random.Random(1), ("imdb",), ("few_shot",)), embedder="minilm", **TOLD)
PANELS = {"diversity": 2, "similarity": 1, "scores": 2, "agreement": 10, "learning_curves": 10, "drop": 2}
every_figure = pytest.mark.parametrize("figure", FIGURES, ids=NAMES)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The folder in which all figures of ten tasks are drawn."""
    folder = tmp_path_factory.mktemp("figures")
    draw(FIGURES, folder)
    return folder


PAINTED = {}


def painted(figure):
    """The figure as matplotlib holds it, which takes a second and is done once."""
    if repr(figure) not in PAINTED:
        with look.settings():
            PAINTED[repr(figure)] = paint(figure, look.styles(method for _, method in pairs(figure)))
    return PAINTED[repr(figure)]


def rgb(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def panels_of(figure, image):
    """The pixels of each panel, without its frame."""
    high, wide = image.shape[:2]
    for axes in painted(figure).axes:
        (left, bottom), (right, top) = axes.get_position().get_points()
        yield image[int((1 - top) * high) + 3 : int((1 - bottom) * high) - 3, int(left * wide) + 3 : int(right * wide)]


# ---- what is in the picture


@every_figure
def test_a_figure_has_its_panels(figure):
    assert len(painted(figure).axes) == PANELS[figure.name]


@pytest.mark.parametrize("tasks", [1, 2, 3, 4, 5, 12])
def test_curves_have_a_panel_for_each_task(tasks):
    assert [len(painted(figure).axes) for figure in all_figures(tasks)[3:5]] == [tasks, tasks]


@every_figure
def test_each_panel_holds_ink_in_the_colour_of_its_methods(figure, drawn):
    methods = {method for _, method in pairs(figure)}
    for number, panel in enumerate(panels_of(figure, rgb(drawn / f"{figure.name}.png"))):
        shown = [sorted(methods, key=METHODS.index)[number]] if figure.name == "drop" else methods
        for method in shown:
            colour = np.array(to_rgb(look.STYLES[method].colour)) * 255
            ink = (np.abs(panel - colour).max(axis=2) < 12).sum()
            assert ink > 100, f"{method} in panel {number}"


@every_figure
def test_a_panel_is_mostly_paper(figure, drawn):
    for panel in panels_of(figure, rgb(drawn / f"{figure.name}.png")):
        assert 0.75 < (panel.min(axis=2) > 235).mean() < 0.998


@every_figure
def test_every_number_of_the_csv_is_at_its_place_in_the_picture(figure, drawn):
    x, y = {"agreement": ("threshold", "accuracy"), "learning_curves": ("per_label", "value")}.get(
        figure.name, ("subjectivity", "drop") if figure.name == "drop" else ("value", None)
    )
    places, lines = marked(figure), [line.get_xydata().round(9) for a in painted(figure).axes for line in a.lines]
    ends = {tuple(end) for line in lines for end in line}
    for row in rows_of(drawn / f"{figure.name}.csv"):
        if row[y or x] == "":
            continue
        at = (round(float(row[x]), 9), round(float(row[y]), 9) if y else None)
        assert at in places
        low, high = (round(float(row[f"drop_{end}" if figure.name == "drop" else end]), 9) for end in ("low", "high"))
        if y is None:
            assert {low, high} <= {end[0] for end in ends}
        else:
            assert {(at[0], low), (at[0], high)} <= ends


def marked(figure):
    """Where the dots are in data coordinates; a dot plot's second coordinate is no number of its own."""
    dots = [line.get_xydata() for a in painted(figure).axes for line in a.lines if line.get_marker() != "None"]
    upright = figure.name not in ("diversity", "similarity", "scores")
    return {(round(x, 9), round(y, 9) if upright else None) for line in dots for x, y in line}


def test_the_regression_line_is_the_one_given():
    (curve,) = (c for c in FIGURES[3].curves if (c.task, c.method) == ("ag_news", "real"))
    one = dataclasses.replace(FIGURES[3], curves=(dataclasses.replace(curve, line=RegressionLine(0.5, 0.2, 0.9)),))
    (axes,) = painted(one).axes
    assert [(0.4, 0.4), (1.0, 0.7)] in [list(map(tuple, line.get_xydata().round(9))) for line in axes.lines]


def test_panels_of_curves_span_the_same_range_and_hold_their_points():
    for figure in FIGURES[3:5]:
        spans = [np.diff(axes.get_ylim())[0] for axes in painted(figure).axes]
        assert spans == pytest.approx([spans[0]] * len(spans))
        for axes in painted(figure).axes:
            low, high = axes.get_ylim()
            assert all(low < y < high for line in axes.lines for y in line.get_ydata() if y not in (0, 1))


@pytest.mark.parametrize(
    ("worth", "said"),
    [((90, 120.4, 160), "120 (90–160)"), ((0, 0, 30), "<25 (<25–30)"), ((math.inf,) * 3, ">400"), ((0,) * 3, "<25")],
)
def test_a_worth_beyond_the_real_curve_is_said_as_such(worth, said):
    ends = dict(zip(("worth_low", "worth", "worth_high"), worth, strict=True))
    real = [p for p in FIGURES[4].points if (p.task, p.method) == ("imdb", "real")]
    few = dataclasses.replace(real[-1], method="few_shot", **ends)
    assert said in texts(painted(dataclasses.replace(FIGURES[4], points=(*real, few))))


def test_a_panel_of_agreement_shows_its_trend_and_every_n():
    curve = FIGURES[3].curves[0]
    shown = texts(painted(dataclasses.replace(FIGURES[3], curves=(curve,))))
    numbers = [f"{curve.line.r_squared:.2f}", f"{curve.rank.rho:.2f}", f"{curve.rank.p:.3f}"]
    assert {*numbers, "3000", "1500", "1000", "750"} <= set(shown)


def test_a_threshold_that_is_left_out_keeps_its_n_in_brackets():
    (curve,) = (c for c in FIGURES[3].curves if (c.task, c.method) == ("imdb", "real"))
    shown = texts(painted(dataclasses.replace(FIGURES[3], curves=(curve,))))
    assert f"({LEAST - 7})" in shown


def test_too_few_thresholds_for_a_trend_have_dashes():
    figure = all_figures(1, thresholds=(0.5, 1.0))[3]
    assert texts(painted(figure)).count("–") == 3 * len(METHODS)


@pytest.mark.parametrize("figure", [FIGURES[0], FIGURES[5]], ids=["dots", "drops"])
def test_a_point_without_an_interval_is_a_dot_without_whiskers(figure):
    around = ("subjectivity_", "drop_") if figure.name == "drop" else ("",)
    none = {f"{what}{end}": None for what in around for end in ("low", "high")}
    field = "drops" if figure.name == "drop" else "chamfer"
    bare = dataclasses.replace(figure, **{field: tuple(dataclasses.replace(p, **none) for p in getattr(figure, field))})
    axes = painted(bare).axes[-1]
    assert all(len(line.get_xdata()) > 2 or line.get_xdata()[0] == 0 for line in axes.lines)


# ---- how it looks


def texts(figure):
    return [text.get_text() for text in drawn_texts(figure)]


def drawn_texts(figure):
    """The texts that are drawn: an axis holds ticks beyond its ends, too, which are not."""
    found, draw_text = [], Text.draw

    def seen(text, renderer):
        found.append(text)
        draw_text(text, renderer)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", seen)
        figure.draw_without_rendering()
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def boxes(figure):
    """Where each text is, in pixels; a small part of its box is room for letters it does not have."""
    for text in drawn_texts(figure):
        box = Text.get_window_extent(text)
        yield text.get_text(), (box.x0 + 1, box.y0 + 3, box.x1 - 1, box.y1 - 3)


@pytest.mark.parametrize(
    "figures",
    [FIGURES, all_figures(1), all_figures(2), all_figures(12, SIX, [round(0.5 + i / 20, 2) for i in range(11)])],
    ids=["ten tasks", "one task", "two tasks", "twelve tasks, six methods, eleven thresholds"],
)
@pytest.mark.parametrize("number", range(6), ids=NAMES)
def test_no_text_covers_another_or_leaves_the_picture(figures, number):
    figure = painted(figures[number])
    width, height = figure.get_size_inches() * figure.dpi
    found = list(boxes(figure))
    for said, (left, bottom, right, top) in found:
        assert left >= -2, said
        assert bottom >= -4, said
        assert right <= width + 2, said
        assert top <= height + 4, said
    covered = [(a, b) for (a, one), (b, other) in itertools.combinations(found, 2) if shared(one, other) > 0]
    assert not covered


@every_figure
def test_no_letter_is_smaller_than_7_points_at_the_width_of_a_page(figure, drawn):
    assert min(text.get_fontsize() for text in drawn_texts(painted(figure))) >= 7
    assert rgb(drawn / f"{figure.name}.png").shape[1] <= 170 / 25.4 * 200 + 1


@every_figure
def test_a_png_has_200_dots_an_inch(figure, drawn):
    with Image.open(drawn / f"{figure.name}.png") as image:
        assert image.info["dpi"] == pytest.approx((200, 200), abs=0.1)


def luminance(colour):
    """Of sRGB, linear, by the weights of its standard (IEC 61966-2-1)."""
    return linear(colour) @ (0.2126, 0.7152, 0.0722)


def linear(colour):
    values = np.array(to_rgb(colour))
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lightness(colour):
    """L* of CIE 1976, 0 for black and 100 for white: what a grey print keeps of a colour."""
    return 116 * luminance(colour) ** (1 / 3) - 16 if luminance(colour) > 0.008856 else 903.3 * luminance(colour)


ALL_STYLES = (*look.STYLES.values(), *look.OTHERS)


def test_the_colours_of_the_three_methods_are_far_apart_in_grey():
    found = sorted(lightness(style.colour) for style in look.STYLES.values())
    assert min(np.diff(found)) > 20


def test_all_colours_differ_in_grey():
    found = sorted(lightness(style.colour) for style in ALL_STYLES)
    assert min(np.diff(found)) > 8


def test_the_three_methods_stand_out_from_the_paper():
    assert all(1.05 / (luminance(style.colour) + 0.05) > 2.9 for style in look.STYLES.values())


def test_no_two_methods_share_a_marker_or_a_line():
    assert len({style.marker for style in ALL_STYLES}) == len({style.line for style in ALL_STYLES}) == len(ALL_STYLES)


# Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB.
BLIND = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]


@pytest.mark.parametrize("kind", BLIND)
def test_the_colour_blind_tell_all_methods_apart(kind):
    def lab(colour):
        seen = np.clip(np.array(BLIND[kind]) @ linear(colour), 0, 1)
        x, y, z = np.cbrt(np.maximum(np.array(TO_XYZ) @ seen / (0.9505, 1, 1.089), 1e-4))
        return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])

    for one, other in itertools.combinations(ALL_STYLES, 2):
        assert np.linalg.norm(lab(one.colour) - lab(other.colour)) > 12


def test_a_method_has_one_style_in_all_figures_of_a_call(tmp_path):
    points = measured(random.Random(2), ("imdb",), ("attr_prompt", "progen"))
    first = dataclasses.replace(SMALL, cosines=points[:1])
    second = dataclasses.replace(SMALL, cosines=points[1:], name="second")
    draw([first, second], tmp_path)
    colours = [np.array(to_rgb(style.colour)) * 255 for style in look.OTHERS[:2]]
    for name, colour in zip(("similarity", "second"), colours, strict=True):
        assert (np.abs(rgb(tmp_path / f"{name}.png") - colour).max(axis=2) < 12).sum() > 50


def test_a_name_with_dollars_is_no_formula():
    priced = tuple(dataclasses.replace(m, task=r"a $\5 or $6 task") for m in SMALL.cosines)
    assert r"a $\5 or $6 task" in texts(painted(dataclasses.replace(SMALL, cosines=priced)))


FRAME = (0.0, 0.0, 200.0, 200.0)


@given(st.tuples(st.floats(0, 200), st.floats(0, 200)))
def test_a_name_stands_beside_its_dot_and_inside_the_frame(dot):
    ((left, bottom, right, top),) = arranged([dot], [(40.0, 9.0)], [], FRAME)
    assert shared((left, bottom, right, top), FRAME) == pytest.approx(40 * 9)
    assert math.dist(dot, ((left + right) / 2, (bottom + top) / 2)) < 40


def test_names_of_dots_in_a_row_do_not_cover_each_other():
    dots = [(30.0 + 9 * i, 50.0) for i in range(7)]
    places = arranged(dots, [(40.0, 9.0)] * 7, [], (0.0, 0.0, 120.0, 100.0))
    assert not any(shared(one, other) for one, other in itertools.combinations(places, 2))


# ---- the numbers beside it


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def typed(row, kind):
    """The fields of a dataclass from a row of text."""
    made = {}
    for field in dataclasses.fields(kind):
        text = row[field.name]
        made[field.name] = text if field.type == "str" or field.type is str else None if text == "" else float(text)
    return kind(**made)


def ranked(row):
    return Correlation(*(float(row[name]) for name in ("rho", "rho_low", "rho_high", "p"))) if row["rho"] else None


def test_the_csv_of_diversity_gives_its_numbers_back(drawn):
    found = rows_of(drawn / "diversity.csv")
    for measure in ("remote_clique", "chamfer"):
        back = tuple(typed(row, MeasuredPoint) for row in found if row["measure"] == measure)
        assert back == getattr(FIGURES[0], measure)


def test_the_csv_of_similarity_gives_its_numbers_back(drawn):
    assert tuple(typed(row, MeasuredPoint) for row in rows_of(drawn / "similarity.csv")) == FIGURES[1].cosines


def test_the_csv_of_scores_gives_its_numbers_back(drawn):
    back = {}
    for row in rows_of(drawn / "scores.csv"):
        back.setdefault(row["classifier"], []).append(typed(row, MeasuredPoint))
    assert {name: tuple(scores) for name, scores in back.items()} == FIGURES[2].macro_f1


def test_the_csv_of_agreement_gives_its_numbers_back(drawn):
    back = {}
    for row in rows_of(drawn / "agreement.csv"):
        line = RegressionLine(*(float(row[name]) for name in RegressionLine._fields)) if row["slope"] else None
        key = (row["task"], row["method"], line, ranked(row))
        back.setdefault(key, []).append(typed(row, AgreementPoint))
    given_curves = {(c.task, c.method, c.line, c.rank): list(c.points) for c in FIGURES[3].curves}
    assert back == given_curves


def test_the_csv_of_learning_curves_gives_its_numbers_back(drawn):
    assert tuple(typed(row, LearningPoint) for row in rows_of(drawn / "learning_curves.csv")) == FIGURES[4].points


def test_the_csv_of_drops_gives_its_numbers_back(drawn):
    found = rows_of(drawn / "drop.csv")
    assert tuple(typed(row, Drop) for row in found) == FIGURES[5].drops
    assert {row["method"]: ranked(row) for row in found} == FIGURES[5].rank


# ---- the caption


def said_by(path):
    """Title and description in the metadata of a file."""
    if path.suffix == ".png":
        with Image.open(path) as image:
            return image.text["Title"], image.text["Description"]
    root = ElementTree.parse(path).getroot()
    description = root.find(".//{http://purl.org/dc/elements/1.1/}description")
    return root.find("{http://www.w3.org/2000/svg}title").text, description.text


@every_figure
@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_title_and_caption_are_in_the_file(figure, ending, drawn):
    assert said_by(drawn / f"{figure.name}{ending}") == (title(figure), caption(figure))


@every_figure
def test_a_caption_states_source_interval_n_and_note(figure):
    said = caption(figure)
    assert "Source: invented numbers. a note." in said
    assert "Intervals: 95 % over nothing at all." in said
    assert " n: " in said


@pytest.mark.parametrize("figure", FIGURES[:2], ids=NAMES[:2])
def test_the_caption_of_a_figure_of_embeddings_names_the_embedder(figure):
    assert "Embedder: all-MiniLM-L6-v2." in caption(figure)


def test_the_caption_of_diversity_names_the_distance():
    assert "the mean Euclidean distance of" in caption(dataclasses.replace(FIGURES[0], distance="Euclidean distance"))


@pytest.mark.parametrize(
    ("tasks", "said"),
    [(2, "no threshold has fewer than 50 instances"), (3, "1 threshold with fewer than 50 instances left out")],
)
def test_the_caption_of_agreement_says_what_is_left_out(tasks, said):
    assert said in caption(all_figures(tasks)[3])


def test_the_caption_of_drops_states_rho_and_p():
    assert "few_shot 0.80 (0.30 to 0.95), p < 0.001; zero_shot 0.80 (0.30 to 0.95), p < 0.001" in caption(FIGURES[5])


def test_a_caption_names_what_was_not_measured():
    absent = {("imdb", "few_shot"), ("relation", "few_shot")}
    there = tuple(m for m in FIGURES[1].cosines if (m.task, m.method) not in absent)
    assert "Not measured: few_shot of relation, imdb." in caption(dataclasses.replace(FIGURES[1], cosines=there))


@every_figure
def test_a_caption_of_complete_figures_names_nothing_as_missing(figure):
    assert "Not measured" not in caption(figure)


# ---- the files


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_draw_returns_a_png_an_svg_and_a_csv_of_each_figure_and_writes_nothing_else(tmp_path):
    found = draw([SMALL], tmp_path / "new" / "folder")
    assert found == [tmp_path / "new" / "folder" / f"similarity{ending}" for ending in (".png", ".svg", ".csv")]
    assert sorted((tmp_path / "new" / "folder").iterdir()) == sorted(found)


def test_the_same_numbers_give_the_same_bytes(drawn, tmp_path):
    draw(FIGURES, tmp_path)
    assert contents(tmp_path) == contents(drawn)


ELSEWHERE = """
import pickle, sys
from pathlib import Path
from synthworth.study.figures import draw
assert "matplotlib" not in sys.modules
draw(pickle.load(sys.stdin.buffer), Path(sys.argv[1]))
assert "matplotlib.pyplot" not in sys.modules
"""


def test_another_process_without_a_display_and_with_its_own_matplotlibrc_draws_the_same_bytes(tmp_path, drawn):
    import pickle

    (tmp_path / "matplotlibrc").write_text("font.size: 20\naxes.facecolor: red\nsavefig.dpi: 30\nsavefig.bbox: tight\n")
    own = {"MATPLOTLIBRC": str(tmp_path), "MPLBACKEND": "tkagg", "PYTHONHASHSEED": "7", "LC_ALL": "C", "DISPLAY": ""}
    command = [sys.executable, "-W", "error", "-c", ELSEWHERE, str(tmp_path / "out")]
    root = Path(__file__).parents[2]
    subprocess.run(command, input=pickle.dumps(FIGURES[-1:]), env=os.environ | own, cwd=root, check=True)
    assert contents(tmp_path / "out") == {n: b for n, b in contents(drawn).items() if n.startswith("drop.")}


def test_a_file_that_is_the_same_already_is_not_touched(tmp_path):
    paths = draw([SMALL], tmp_path)
    for path in paths:
        os.utime(path, (1, 1))
    draw([SMALL], tmp_path)
    assert [path.stat().st_mtime for path in paths] == [1, 1, 1]


def test_no_file_names_a_date_or_a_version(drawn):
    for name, content in contents(drawn).items():
        assert mpl.__version__.encode() not in content, name
        assert b"dc:date" not in content, name
        assert b"Software" not in content, name


def test_a_failing_write_leaves_the_old_files_and_nothing_beside_them(tmp_path, monkeypatch):
    draw([SMALL], tmp_path)
    before = contents(tmp_path)

    def full(_):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        draw([dataclasses.replace(SMALL, note="another caption")], tmp_path)
    assert contents(tmp_path) == before


def test_a_figure_that_cannot_be_drawn_leaves_the_others_unwritten(tmp_path, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setitem(sys.modules["synthworth.study.figures.files"].PAINT, Diversity, broken)
    with pytest.raises(ZeroDivisionError):
        draw([SMALL, FIGURES[0]], tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_matplotlib_was_set_to_stays(tmp_path):
    with mpl.rc_context({"font.size": 23, "svg.hashsalt": "mine", "lines.linewidth": 9}):
        before = dict(mpl.rcParams)
        draw([SMALL], tmp_path)
        assert dict(mpl.rcParams) == before


def test_no_figures_are_no_files(tmp_path):
    assert draw([], tmp_path / "none") == []
    assert not (tmp_path / "none").exists()


# ---- what is refused


@pytest.mark.parametrize(
    ("make", "missing"),
    [
        (lambda: dataclasses.replace(FIGURES[0], remote_clique=()), "figure diversity: no remote_clique"),
        (lambda: dataclasses.replace(FIGURES[0], chamfer=()), "figure diversity: no chamfer"),
        (lambda: dataclasses.replace(FIGURES[1], cosines=()), "figure similarity: no cosine"),
        (lambda: dataclasses.replace(FIGURES[2], macro_f1={}), "figure scores: no classifier"),
        (lambda: dataclasses.replace(FIGURES[2], macro_f1={"bert": ()}), "figure scores: no Macro-F1 of bert"),
        (lambda: dataclasses.replace(FIGURES[3], curves=()), "figure agreement: no curve"),
        (lambda: dataclasses.replace(FIGURES[4], points=()), "figure learning_curves: no point"),
        (lambda: dataclasses.replace(FIGURES[5], drops=(), rank={}), "figure drop: no drop"),
    ],
)
def test_an_empty_figure_is_an_error_that_names_what_is_missing(make, missing):
    with pytest.raises(ValueError, match=rf"^{missing}; it needs at least one: measure it, or leave the figure out$"):
        make()


def point(**changed):
    return MeasuredPoint(**{"task": "imdb", "method": "real", "value": 0.5, "low": 0.4, "high": 0.6, "n": 9} | changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"value": math.nan}, "imdb, real: nan; a point is finite"),
        ({"low": 0.7}, r"imdb, real: the interval \(0.7, 0.6\); give two finite ends, low <= high, or None and None"),
        ({"low": None}, r"imdb, real: the interval \(None, 0.6\)"),
        ({"high": math.inf}, r"imdb, real: the interval \(0.4, inf\)"),
        ({"low": math.nan, "high": math.nan}, r"imdb, real: the interval \(nan, nan\)"),
        ({"n": 0}, "imdb, real: n is 0; a number rests on 1 or more"),
    ],
)
def test_a_point_that_is_no_point_is_refused(changed, said):
    with pytest.raises(ValueError, match=f"^{said}"):
        point(**changed)


def test_a_task_measured_twice_by_one_method_is_refused():
    with pytest.raises(ValueError, match=r"^figure similarity: cosine imdb, real twice; give each one once$"):
        dataclasses.replace(SMALL, cosines=(point(), point(value=0.55)))


def test_methods_scored_on_different_instances_are_refused():
    one, other = FIGURES[3].curves[:2]
    fewer = tuple(dataclasses.replace(p, n=p.n - 1) for p in other.points)
    with pytest.raises(ValueError, match=r"^figure agreement: ag_news has 3000 and 2999 instances at 0.4; score all"):
        dataclasses.replace(FIGURES[3], curves=(one, dataclasses.replace(other, points=fewer)))


def test_a_curve_without_any_accuracy_is_refused():
    out = AgreementPoint(threshold=1.0, n=3, accuracy=None, low=None, high=None)
    with pytest.raises(ValueError, match=r"^imdb, real: no accuracy at any threshold; leave the curve out$"):
        AgreementCurve(task="imdb", method="real", points=(out,), line=None, rank=None)


def test_a_threshold_given_twice_is_refused():
    curve = FIGURES[3].curves[0]
    with pytest.raises(ValueError, match=r"^ag_news, real: threshold 0\.4 twice; give each one once$"):
        dataclasses.replace(curve, points=(curve.points[0], curve.points[0]))


def test_a_threshold_left_out_has_no_interval():
    with pytest.raises(ValueError, match=r"^threshold 1\.0 is left out, with an interval or an n of 3; n is >= 0$"):
        AgreementPoint(threshold=1.0, n=3, accuracy=None, low=0.1, high=0.2)


@pytest.mark.parametrize("worth", [(None, 3, 4), (5, 3, 4), (1, math.nan, 4), (1, 2, None)])
def test_half_a_worth_is_refused(worth):
    ends = dict(zip(("worth_low", "worth", "worth_high"), worth, strict=True))
    with pytest.raises(ValueError, match=r"^imdb, few_shot, 9 a label: worth .* give all three, low <= high, or none$"):
        LearningPoint(task="imdb", method="few_shot", per_label=9, value=0.5, low=None, high=None, n=9, **ends)


def test_a_size_of_nothing_is_refused():
    with pytest.raises(ValueError, match=r"^imdb, real, 0 a label: a log axis begins above 0"):
        LearningPoint(task="imdb", method="real", per_label=0, value=0.5, low=None, high=None, n=9)


def test_a_worth_without_a_real_curve_is_refused():
    synthetic = tuple(p for p in FIGURES[4].points if p.method != "real")
    with pytest.raises(ValueError, match=r"^figure learning_curves: ag_news has a worth, but no real points"):
        dataclasses.replace(FIGURES[4], points=synthetic)


def test_a_rho_of_a_method_without_drops_is_refused():
    with pytest.raises(ValueError, match=r"^figure drop: a rho of progen, which has no drop; leave it out$"):
        dataclasses.replace(FIGURES[5], rank={"progen": Correlation(0, -1, 1, 1)})


@pytest.mark.parametrize("name", ["", "../up", "a b", "figure.1"])
def test_a_name_that_is_no_name_of_a_file_is_refused(name):
    with pytest.raises(ValueError, match=r"the name of a figure is that of its files: letters, digits, _ and -$"):
        dataclasses.replace(SMALL, name=name)


def test_two_figures_of_one_name_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"^two figures named similarity; their files would be the same"):
        draw([SMALL, SMALL], tmp_path)


def test_more_methods_than_can_be_told_apart_are_refused(tmp_path):
    many = dataclasses.replace(
        SMALL, cosines=measured(random.Random(0), ("imdb",), tuple(string.ascii_letters + string.digits))
    )
    refusal = r"^62 methods beside real, few_shot, zero_shot; figures can show \d+: draw fewer"
    with pytest.raises(ValueError, match=refusal):
        draw([many], tmp_path)
