"""The pages in a real browser, from a folder: sort, filter, link, keyboard, light and dark, and what axe finds."""

import shutil
import time

import pytest

import synthworth
from reviews import reviews
from sites import PLANTED, hostile
from synthworth.leaderboard.scoring.page import page as score_page
from synthworth.leaderboard.site.build import build

pytest.importorskip("playwright", reason="needs playwright; pip install '.[dev]'")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not BROWSER, reason="needs Chromium; apt-get install chromium"),
]
# As root in a container; and nothing is looked up in a network.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    build(folder / "site", hostile(folder))
    return folder / "site"


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser):
    """A new page; fails a test whose page has an error, breaks its policy, or asks for anything but a file."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    opened, told = context.new_page(), []
    opened.on("pageerror", lambda error: told.append(str(error)))
    opened.on("console", lambda message: told.append(message.text))
    opened.on("dialog", lambda dialog: told.append(dialog.message))
    opened.on("request", lambda asked: None if asked.url.startswith(("file:", "data:")) else told.append(asked.url))
    yield opened
    context.close()
    assert not told


def go(page, site, name="index.html", view=""):
    page.goto("about:blank")  # else an address that differs after its # alone loads nothing
    page.goto((site / name).as_uri() + view)


def column(page, name):
    """What a column shows, from the top."""
    headings = page.locator("#board-table thead th").all_inner_texts()
    place = [heading.rstrip("▲▼ ") for heading in headings].index(name)
    rows = "document.querySelectorAll('#board-table tbody tr:not(.group)')"
    return page.evaluate(f"place => [...{rows}].map((row) => row.cells[place].innerText)", place)


def until(page, holds, seconds=10):
    """Waits until `holds()`, asked from here: `wait_for_function` asks within the page, whose policy forbids `eval`."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, f"not within {seconds} s"
        page.wait_for_timeout(20)


def shows(page, wanted):
    """Waits until the table shows that: a browser tells of a step back before the page has followed."""
    until(page, lambda: page.locator("#board-table").inner_text() == wanted)


def choose(page, name):
    return page.get_by_label(name, exact=True)


def heading(page, name):
    return page.get_by_role("button", name=name, exact=True)


def test_a_view_that_nobody_has_chosen_is_all_tasks_together_the_best_first(page, site):
    go(page, site)
    assert page.locator("#filter-task").input_value() == "mean of 2"
    scores = [float(score) for score in column(page, "Macro-F1")]
    written = len(scores) - column(page, "method").count("real")
    for part in (scores[:written], scores[written:]):
        assert part == sorted(part, reverse=True)
    assert column(page, "method")[written:] == ["real"] * (len(scores) - written)
    assert page.locator("#board-table tr.group").inner_text() == "Real texts, for comparison"
    assert len(scores) > 5
    assert page.get_by_role("status").inner_text() == f"{len(scores)} rows, sorted by Macro-F1, descending"


def test_a_click_sorts_by_number_and_another_the_other_way_round_with_empty_cells_last(page, site):
    go(page, site, view="#task=*")
    for direction, falling in (("descending", True), ("ascending", False)):
        heading(page, "drop").click()
        assert page.locator("th[aria-sort]:not([aria-sort=none])").get_attribute("aria-sort") == direction
        cells = column(page, "drop")
        numbers = [float(cell) for cell in cells if cell]
        assert numbers == sorted(numbers, reverse=falling)
        assert cells == [cell for cell in cells if cell] + [""] * cells.count("")
        assert cells.count("") > 0


def test_sizes_are_sorted_by_number_and_names_as_text(page, site):
    go(page, site, view="#task=toy")
    heading(page, "n/label").click()
    written = len(column(page, "method")) - column(page, "method").count("real")
    sizes = [int(size) for size in column(page, "n/label")]
    assert sizes[written:] == sorted(sizes[written:], reverse=True)
    assert {5, 20, 100} == set(sizes)  # as text, 20 would come before 100
    heading(page, "classifier").click()
    names = column(page, "classifier")
    assert [names[:written], names[written:]] == [sorted(names[:written]), sorted(names[written:])]


def test_the_keyboard_alone_sorts_and_stays_where_it_was(page, site):
    go(page, site)
    heading(page, "accuracy").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.dataset.sort") == "accuracy"
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("accuracy")
    page.keyboard.press("Space")
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("accuracy")


def test_the_keyboard_reaches_every_control_and_the_table(page, site):
    go(page, site)
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("[document.activeElement.id, document.activeElement.className].join(' ').trim()"))
    assert reached[0] == "skip"
    for wanted in ("theme", "filter-task", "filter-classifier", "reset", "scroll"):
        assert wanted in reached
    assert reached.index("theme") < reached.index("filter-task") < reached.index("reset") < reached.index("scroll")


def test_the_first_link_skips_to_the_content_and_leaves_the_view(page, site):
    go(page, site, view="#task=toy")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    assert page.url.endswith("#task=toy")


def test_filters_narrow_the_rows_and_a_link_restores_the_view(page, site):
    go(page, site)
    choose(page, "task").select_option("toy")
    choose(page, "classifier").select_option("tfidf")
    heading(page, "n/label").click()
    before = page.locator("#board-table").inner_text()
    link = page.url
    assert "task toy" in page.locator("#board-table caption").inner_text()
    assert "classifier tfidf" in page.locator("#board-table caption").inner_text()

    page.goto("about:blank")
    page.goto(link)
    assert page.locator("#board-table").inner_text() == before
    assert page.locator("#filter-classifier").input_value() == "tfidf"
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("n/label")


def test_state_division_method_and_generator_are_filters(page, site):
    go(page, site)
    choose(page, "state").select_option("data-verified")
    assert set(column(page, "method")) == {PLANTED}
    go(page, site)
    choose(page, "method").select_option("few_shot")
    assert set(column(page, "method")) == {"few_shot"}
    choose(page, "generator").select_option("gpt")
    assert page.get_by_role("status").inner_text().startswith("No row has all of these values")
    page.get_by_role("button", name="Reset").click()
    assert len(column(page, "method")) > 5


def test_the_other_division_is_a_leaderboard_of_its_own(page, site):
    go(page, site)
    assert "free" not in column(page, "method")
    choose(page, "Leaderboard").select_option(index=1)
    assert set(column(page, "method")) == {"real", "free"}
    page.go_back()
    until(page, lambda: "free" not in column(page, "method"))


def test_back_and_forward_walk_through_the_views(page, site):
    go(page, site)
    views = [page.locator("#board-table").inner_text()]
    choose(page, "task").select_option("toy")
    views.append(page.locator("#board-table").inner_text())
    heading(page, "method").click()
    views.append(page.locator("#board-table").inner_text())
    for wanted in (views[1], views[0]):
        page.go_back()
        shows(page, wanted)
    page.go_forward()
    shows(page, views[1])
    assert page.locator("#filter-task").input_value() == "toy"


@pytest.mark.parametrize("view", ["#task=nowhere&sort=-none&page=99&board=x", "#main", "#%%%&&=", "#sort=", "#page=-1"])
def test_an_address_that_says_nothing_known_shows_the_view_that_nobody_has_chosen(page, site, view):
    go(page, site)
    untouched = page.locator("#board-table").inner_text()
    go(page, site, view=view)
    assert page.locator("#board-table").inner_text() == untouched


def test_what_a_stranger_has_planted_stays_text_wherever_it_is_shown(page, site):
    names = sorted(str(path.relative_to(site)) for path in site.rglob("*.html"))
    shown = {}
    for name in names:
        go(page, site, name, view="#task=*" if name == "index.html" else "")
        assert page.evaluate("window.taken") is None, name
        assert page.title() != "taken", name
        shown[name] = page.locator("main").inner_text().count(PLANTED)
    assert shown["index.html"] > 0
    assert sum(count > 0 for count in shown.values()) >= 4  # the index, the entry, and the pages of the tasks

    go(page, site)
    page.locator("#board-table").get_by_role("link", name=PLANTED).first.click()
    page.wait_for_url("**/entry/*~*.html")
    assert page.locator("h1").inner_text() == PLANTED
    assert page.evaluate("window.taken") is None


def test_rows_lead_to_the_pages_of_their_entry_and_task_and_back(page, site):
    go(page, site, view="#task=*&sort=method")
    before = page.locator("#board-table").inner_text()
    page.locator("#board-table").get_by_role("link", name="few_shot").first.click()
    page.wait_for_url("**/entry/few_shot--smollm2-135m.html")
    assert page.locator("h1").inner_text() == "few_shot by smollm2-135m"
    page.locator("table.dots").get_by_role("link", name="toy").first.click()
    page.wait_for_url("**/task/toy.html")
    assert page.locator("h1").inner_text() == "toy"
    assert page.get_by_text("Write a kind note of about 6 words.").count() > 0
    page.go_back()
    page.go_back()
    page.wait_for_url("**/index.html#*sort=method")
    shows(page, before)


def test_the_theme_is_the_system_s_until_the_reader_chooses_and_then_goes_from_page_to_page(page, site):
    def ground():
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    go(page, site)
    light = ground()
    page.emulate_media(color_scheme="dark")
    until(page, lambda: page.locator("html").get_attribute("data-theme") == "dark")
    assert ground() != light
    page.get_by_role("button", name="Light").click()  # a button says what it gives, not what there is
    assert ground() == light
    assert page.get_by_role("button", name="Dark").is_visible()
    page.locator("#board-table").get_by_role("link", name="few_shot").first.click()
    page.wait_for_url("**/entry/few_shot--smollm2-135m.html")
    assert ground() == light


def test_without_scripts_the_pages_say_where_the_rows_are_and_follow_the_system(browser, site):
    context = browser.new_context(java_script_enabled=False, color_scheme="dark")
    page = context.new_page()
    page.goto((site / "index.html").as_uri())
    assert page.get_by_text("which did not run").is_visible()
    assert not choose(page, "task").is_visible()
    page.get_by_role("link", name="toy", exact=True).first.click()
    page.wait_for_url("**/task/toy.html")
    assert page.locator("table.data tbody tr").count() > 10
    assert not page.locator("#theme").is_visible()
    context.close()


def test_on_a_phone_classifier_and_size_are_in_sight_beside_the_score(page, site):
    page.set_viewport_size({"width": 390, "height": 800})
    go(page, site)
    headings = page.locator("#board-table thead th")
    names = [name.rstrip("▲▼ ") for name in headings.all_inner_texts()]
    for name in ("method", "Macro-F1", "classifier", "n/label"):
        box = headings.nth(names.index(name)).bounding_box()
        assert box["x"] + box["width"] <= 390, name


def test_a_link_from_the_list_of_contents_opens_what_is_folded(page, site):
    name = "entry/few_shot--smollm2-135m.html"
    go(page, site, name)
    assert page.locator("nav.contents a").all_inner_texts() == ["Scores", "other", "toy"]
    folded = '<section><h2 id="on--far">far</h2><details class="task"><summary>more</summary>text</details></section>'
    page.evaluate("(html) => document.querySelector('main').insertAdjacentHTML('beforeend', html)", folded)
    page.evaluate("location.hash = 'on--far'")
    until(page, lambda: page.locator("#on--far + details").evaluate("one => one.open"))


PAGES = ["index.html", "entry/few_shot--smollm2-135m.html", "task/toy.html"]


@pytest.mark.parametrize("name", [*PAGES, "hostile"])
def test_no_page_is_wider_than_the_screen(page, site, name):
    if name == "hostile":
        (name,) = (str(p.relative_to(site)) for p in site.glob("entry/*~*.html"))
    go(page, site, name)
    for details in page.locator("details").all():
        details.evaluate("one => { one.open = true; }")
    for width in (360, 390, 768, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1280, 1920])
@pytest.mark.parametrize("name", PAGES)
def test_no_name_runs_into_the_numbers_beside_it_and_no_frame_is_wider_than_its_table(page, site, name, width):
    page.set_viewport_size({"width": width, "height": 800})
    go(page, site, name)
    long = "data-gpt-3.5-turbo.few_shot.optml_grounded_norewrite by gpt-3.5-turbo"
    links = 'document.querySelectorAll("table.data tbody th[scope=row] a")'
    page.evaluate(f"long => {links}.forEach((link) => {{ link.textContent = long; }})", long)
    names = """() => [...document.querySelectorAll("table.data tbody th[scope=row]")].map((cell) =>
      [cell.firstElementChild?.getBoundingClientRect().right ?? 0, cell.getBoundingClientRect().right])"""
    shown = [(end, edge) for end, edge in page.evaluate(names) if edge]  # what is folded has no place
    assert shown
    assert all(end <= edge for end, edge in shown)
    frames = """() => [...document.querySelectorAll(".scroll")].map((frame) =>
      [frame.clientWidth, frame.querySelector("table").getBoundingClientRect().width])"""
    assert all(frame <= table + 1 for frame, table in page.evaluate(frames))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(page, site, name, theme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page.emulate_media(color_scheme=theme)
    go(page, site, name)
    for details in page.locator("details").all():
        details.evaluate("one => { one.open = true; }")
    found = axe.Axe().run(page).response
    assert len(found["passes"]) > 20
    worst = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert not [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in worst]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_page_of_a_score(page, tmp_path, theme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    texts, labels = reviews(40, seed=3, noise=0.2)
    written = ["<img src=x onerror=alert(1)> a bore", *texts], ["pos", *labels]
    found = synthworth.score(*written, test=reviews(80, seed=1), real=reviews(60, seed=2), classifier="tfidf")
    (tmp_path / "score.html").write_text(score_page(found, "What <i>it</i> is worth"), encoding="utf-8")
    page.emulate_media(color_scheme=theme)
    page.goto((tmp_path / "score.html").as_uri())
    assert page.locator("h1").inner_text() == "What <i>it</i> is worth"
    violations = axe.Axe().run(page).response["violations"]
    assert not [v["id"] for v in violations if v["impact"] in ("serious", "critical")]
