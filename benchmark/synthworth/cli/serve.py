"""`synthworth serve`: the embedded generator as a server."""

import argparse
from pathlib import Path

from synthworth.cli import Commands


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "serve",
        epilog="Example: synthworth serve --port 8000",
        help="serve the embedded generator on loopback, OpenAI-compatible",
    )
    parser.add_argument(
        "--model", default="", help="its name in requests and results. Default: that of the weights, or smollm2-135m"
    )
    parser.add_argument("--weights", type=Path, help="a GGUF file of an instruct model like Llama, Mistral or Qwen2")
    parser.add_argument("--port", type=int, default=8000, help="0: any free one. Default: 8000")
    parser.add_argument("--threads", type=int, default=None, help="Default: all cores")
    parser.add_argument("--stop-with-stdin", action="store_true", help="stop when standard input closes")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Serve until it is stopped."""
    from synthworth.generation.generator import serve

    serve(
        arguments.port,
        model=arguments.model,
        weights=arguments.weights,
        threads=arguments.threads,
        stop_with_stdin=arguments.stop_with_stdin,
    )
