"""`synthworth rules`: how many real and written texts a rule drops."""

import argparse
import sys

from synthworth.cli import Commands, add_recorded


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "rules",
        epilog="Example: synthworth rules --data my-data --suites test_tickets.py",
        help="false alarms of rules on real texts, and how many written ones they drop",
    )
    parser.add_argument("--data", default="hub", help="real texts: a mirror, quickstart or hub. Default: hub")
    add_recorded(parser)
    parser.add_argument(
        "--method",
        default="zero_shot,few_shot",
        help="as --synth-method takes them, separated by commas, also data:DIR. Default: zero_shot,few_shot",
    )
    parser.add_argument("--per-label", type=int, default=100, help="texts per label, 0: all. Default: 100")
    parser.add_argument("--generation-seed", default="0", help="seeds of draws, separated by commas. Default: 0")
    parser.add_argument("--rule", default="", help="as loop,refusal. Default: those that are measured and not applied")
    parser.add_argument("--format", default="plain", help="plain, github, csv or json. Default: plain")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the table."""
    from synthworth.cli.measure import numbers, problem_of
    from synthworth.core import render
    from synthworth.generation import MEASURED, RULES
    from synthworth.generation.methods import names_in, resolve
    from synthworth.pipeline import Settings, rates_of_rules, run_of, suites_in, texts_of, trainer
    from synthworth.pipeline.suite_paths import suite_paths

    methods = resolve(names_in(arguments.method))
    seeds = numbers(arguments.generation_seed)
    rules = [name.strip() for name in arguments.rule.split(",") if name.strip()] or [
        r.__name__ for r in MEASURED or RULES
    ]
    settings = Settings(data=arguments.data, per_label=arguments.per_label, generation_seed=seeds[0])
    tasks = []
    with trainer(None, count=1) as trains:  # nothing is trained
        for suite in suites_in(suite_paths(arguments.suites)):
            suite_run = run_of(suite, settings, trains, generator=arguments.generator, methods=methods)
            having = [name for name, method in methods.items() if not method.lacks(suite.task.name)]
            made = [name for name in having if not problem_of(suite_run, name, having)]
            tasks.append(texts_of(suite_run, made, seeds))
    sys.stdout.write(render([rates_of_rules(tasks, rules)], arguments.format))
