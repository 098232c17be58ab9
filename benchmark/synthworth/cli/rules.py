"""`synthworth rules`: how many real and written texts a rule drops."""

import argparse
import sys

from synthworth.cli import Commands, add_format, add_methods, add_per_label, add_real_texts, add_recorded, say_recorder


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "rules",
        epilog="Example: synthworth rules --data my-data --suites test_tickets.py",
        help="false alarms of rules on real texts, and how many written ones they drop",
    )
    add_real_texts(parser)
    add_recorded(parser)
    add_methods(parser, "zero_shot,few_shot")
    add_per_label(parser, 100, "texts per label, 0: all")
    parser.add_argument("--generation-seed", default="0", help="seeds of draws, separated by commas. Default: 0")
    parser.add_argument("--rule", default="", help="as loop,refusal. Default: loop,about_the_task")
    add_format(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the table."""
    from synthworth.cli.measure import numbers, problem_of
    from synthworth.core import render
    from synthworth.generation import REPORTED
    from synthworth.generation.methods import names_in, resolve
    from synthworth.pipeline import Settings, rates_of_rules, run_of, suites_in, texts_of, trainer
    from synthworth.pipeline.suite_paths import suite_paths

    methods = resolve(names_in(arguments.method))
    seeds = numbers(arguments.generation_seed)
    named = [name.strip() for name in arguments.rule.split(",") if name.strip()]
    rules = named or [rule.__name__ for rule in REPORTED]
    settings = Settings(data=arguments.data, per_label=arguments.per_label, generation_seed=seeds[0])
    tasks = []
    with trainer(None, count=1) as trains:  # nothing is trained
        for suite in suites_in(suite_paths(arguments.suites)):
            suite_run = run_of(suite, settings, trains, generator=arguments.generator, methods=methods)
            say_recorder(suite_run, arguments, suite.path)
            having = [name for name, method in methods.items() if not method.lacks(suite.task.name)]
            ready = [name for name in having if not problem_of(suite_run, name, having)]
            tasks.append(texts_of(suite_run, ready, seeds))
    sys.stdout.write(render([rates_of_rules(tasks, rules)], arguments.format))
