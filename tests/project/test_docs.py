"""README and docs say what is so: numbers are printed by their commands, commands run, names and links exist."""

import configparser
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import interface
from documents import PAGES, ROOT, commands, in_backticks, links, name_of
from projects import IMPORTED
from servers import answer_of, serving
from synthworth.__main__ import main

assert IMPORTED  # sessions in this process share what is loaded

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SIZE = "--synth-per-label"
CHEAP = {"--synth-classifier": "tfidf", SIZE: "8", "--synth-cache": "off", "--synth-processes": "1"}
SERVER = "http://127.0.0.1:8000/v1"
RUN_ELSEWHERE = {"pip", "tox", "pre-commit"}  # installers, and what .ci/run and tox run themselves

each_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


def printing(page):
    return "[[[cog" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [page for page in PAGES if printing(page)], ids=name_of)
def test_a_page_prints_what_its_commands_print(page):
    """If not, `tox run -e refresh` writes it."""
    from cogapp import Cog

    arguments = ["cog", "--check", "--diff", "-P", "-p", "from printed import *", str(page)]
    assert Cog().main(arguments) == 0


@each_page
def test_every_command_of_a_page_has_arguments_that_it_takes(page):
    for command in commands(page):
        program, *arguments = command.words
        match program:
            case "pytest":
                parsed = interface.pytest_parser().parse_args(arguments)
                assert parsed.paths
            case "synthworth":
                _, rest = interface.command_parser().parse_known_args(arguments)
                assert not rest or arguments[0] == "prune"
            case "tox":
                assert arguments[:2] == ["run", "-e"]
                tox = configparser.ConfigParser(interpolation=None)
                tox.read(ROOT / "tox.ini")
                assert f"testenv:{arguments[2]}" in tox
            case "pip":
                assert arguments[0] == "install"
                if arguments[1].startswith("synthworth"):
                    extras = re.findall(r"\w+", arguments[1].removeprefix("synthworth"))
                    assert set(extras) <= set(PROJECT["optional-dependencies"])
            case _:
                assert program in {"pre-commit", "git"}


@each_page
def test_every_option_and_command_in_the_prose_of_a_page_exists(page):
    options = {name for group in interface.plugin_options().groups.values() for a in group for name in a.option_strings}
    known = {words for words, _, _ in interface.commands(interface.command_parser())}
    for code in in_backticks(page):
        for option in re.findall(r"--synth-[a-z-]*[a-z]", code):
            assert option in options, f"{name_of(page)} names {option}"
        if found := re.match(r"synthworth ([a-z]+)( [a-z]+)?\b", code):
            assert any(words.startswith(found[1]) for words in known), f"{name_of(page)} names {code}"


@each_page
def test_every_file_that_a_page_names_exists(page):
    tops = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")} - {"site"}
    for code in in_backticks(page):
        path = code.removeprefix("python ").partition(" ")[0]
        if path.partition("/")[0] in tops | {".github"} and not re.search(r"[A-Z*<]{3,}|\*|submissions", path):
            assert (ROOT / path).exists(), f"{name_of(page)} names {path}"


@each_page
def test_every_link_to_a_file_leads_to_one(page):
    for target in links(page):
        if "://" not in target and (path := target.partition("#")[0]):
            assert (page.parent / path).exists(), f"{name_of(page)} links to {target}"


@pytest.mark.slow
def test_the_pages_build_without_a_warning(tmp_path):
    pytest.importorskip("zensical")
    shutil.copy(ROOT / "zensical.toml", tmp_path)
    for name in ("benchmark", "docs", "tests/support"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout + done.stderr
    config = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
    built = {path.relative_to(tmp_path / "site").with_suffix(".md") for path in (tmp_path / "site").rglob("*.html")}
    assert {Path(name) for name in pages_in(config["nav"])} == built - {Path("404.md")}


def pages_in(nav):
    """The pages of a navigation, however deep."""
    for entry in nav:
        yield from [entry] if isinstance(entry, str) else (page for below in entry.values() for page in pages_in(below))


# ---- commands that run


@pytest.fixture
def project(pytester, monkeypatch):
    """What a reader of the pages has: the examples, and this repository's suites and recordings of one task."""
    examples = ROOT / "examples"
    for source in (examples / "own_task", examples / "own_method", examples / "own_data"):
        shutil.copytree(source, pytester.path, dirs_exist_ok=True)
    (pytester.path / "pyproject.toml").touch()
    suites = pytester.path / "suites"
    shutil.copytree(ROOT / "suites/quickstart", suites / "quickstart")
    for path in ROOT.glob("suites/test_*.py"):
        shutil.copy(path, suites)
    for name in ("results.jsonl", "quality.jsonl"):
        (suites / name).symlink_to(ROOT / "suites" / name)
    (pytester.path / "cassettes/smollm2-135m").mkdir(parents=True)
    recordings = "cassettes/smollm2-135m/sms_spam"
    shutil.copytree(ROOT / recordings, pytester.path / recordings)
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    return pytester


def ticket(number, body):
    """A message of the label that was asked for, which no other request gets."""
    asked, seed = body["messages"][-1]["content"], body["seed"]
    if "invoice" in asked:
        return answer_of(f"the amount on invoice {seed} is too high and I did not agree to it")
    return answer_of(f"the router number {seed} has lost its signal again since this morning")


PAGES_THAT_RUN = [
    page for page in PAGES if any(not c.reason and c.words[0] not in RUN_ELSEWHERE for c in commands(page))
]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES_THAT_RUN, ids=name_of)
def test_the_commands_of_a_page_run_one_after_the_other(page, project, capsys):
    """In a project with the examples in it, with a server on loopback, a cheap classifier and few texts."""
    with serving(ticket) as (url, _):
        if page.name != "own-data.md":  # the page that records them
            recorded(project, url)
        for command in commands(page):
            if command.reason or command.words[0] in RUN_ELSEWHERE:
                continue
            program, *arguments = (word.replace(SERVER, url) for word in command.words)
            # The last of two options counts; a page that says how many texts it wants has no more.
            cheap = [f"{name}={value}" for name, value in CHEAP.items() if name != SIZE or SIZE not in arguments]
            if program == "pytest":
                done = project.runpytest(*arguments, *cheap)
                assert done.ret == 0, f"{shown(command)}: {done.stdout}"
            else:
                if arguments[0] == "prune":
                    arguments += cheap
                assert main(arguments) == 0, f"{shown(command)}: {capsys.readouterr().err}"


def shown(command):
    return " ".join(command.words)


def recorded(project, url):
    """What the earlier pages have left: recorded answers, and results of three training seeds."""
    record = ["--synth-generator", f"qwen3-8b@{url}", "--synth-record", "missing"]
    measure = ["--synth-generator", "qwen3-8b", "--synth-seeds", "3", "--synth-results", "results.jsonl"]
    for options in (record, measure):
        cheap = [f"{name}={value}" for name, value in CHEAP.items()]
        done = project.runpytest("test_tickets.py", "--synth-data", "my-data", *options, *cheap)
        assert done.ret == 0, str(done.stdout)
    shutil.copy(project.path / "results.jsonl", project.path / "base.jsonl")
