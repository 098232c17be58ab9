"""Prints how long the pages of many entries take: to be made, to be loaded by a browser, and to be sorted there.

python tests/site_speed.py [ENTRIES]    default: 1000, each on 10 tasks

Thread seconds are of the browser's main thread: what a machine that does nothing else would take.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

from sites import scored
from synthworth.core.result import write
from synthworth.leaderboard.site import Inputs
from synthworth.leaderboard.site.build import build

TASKS = [f"task_{number}" for number in range(10)]


def results(entries):
    for place, task in enumerate(TASKS):
        yield scored(0.9, task=task, method="real", generator="", demonstrations="", attempts=0, dropped={})
        for number in range(entries):
            score = 0.3 + (number * 7919 + place * 104729) % 5000 / 10000
            yield scored(score, task=task, generator=f"generator-{number}", demonstrations="")


def measured(page, what, step):
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent():
        found = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
        return found["TaskDuration"]

    before, start = spent(), time.monotonic()
    step()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    wall, thread = time.monotonic() - start, spent() - before
    print(f"{what}: {wall:.2f} s, {thread:.2f} thread seconds")


def main(entries):
    from playwright.sync_api import sync_playwright  # the tests are collected without it too

    with tempfile.TemporaryDirectory() as name, sync_playwright() as started:
        folder = Path(name)
        write(folder / "results.jsonl", results(entries))
        start = time.monotonic()
        pages = build(folder / "site", Inputs(results=folder / "results.jsonl"))
        print(
            f"{pages} pages made in {time.monotonic() - start:.1f} s ({time.process_time():.1f} s of processor in all)"
        )
        index = folder / "site" / "index.html"
        print(f"index.html: {index.stat().st_size / 2**20:.1f} MB")
        program = shutil.which("chromium") or shutil.which("google-chrome")
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto("about:blank")
        measured(page, "load, with all tasks", lambda: page.goto(f"{index.as_uri()}#task=*"))
        print(page.get_by_role("status").inner_text())
        for column in ("accuracy", "generator", "generator", "drop"):
            clicked = page.get_by_role("button", name=column, exact=True)
            measured(page, f"sort by {column}", clicked.click)
        measured(page, "filter by task", lambda: page.get_by_label("task", exact=True).select_option("task_3"))
        print(page.get_by_role("status").inner_text())
        browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
