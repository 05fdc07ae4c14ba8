"""The commands: python -m eval …

    run         asks a set, writes a run: python -m eval run --set seed
    compare     two runs, question by question: python -m eval compare BEFORE AFTER
    calibrate   fits the abstention threshold on a run: python -m eval calibrate RUN
    squad       SQuAD 2.0's official scores of a file of predictions
    report      writes the report of a run again
    cases       thumbs-down of the web chat become cases of a set of your own
    numbers     writes the figures of the committed runs into README.md and docs/eval.md

Exit codes: 0 done; 1 an error, in one line, or questions that ended in one; 2 a wrong
command line; 3 a figure is under what --fail-under asks for.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import Error, InputError

if TYPE_CHECKING:
    from eval.judge import Judge
    from eval.sets import QuestionSet
    from rag import Assistant
    from rag.settings import Settings

BELOW = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.command(options)
    except Error as error:
        print(f"eval: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("eval: interrupted; the same command goes on where it stopped", file=sys.stderr)
        return 130
    return code


def run(options: argparse.Namespace) -> int:
    """Asks what a run has not asked yet, writes its folder, prints where it is."""
    from eval.folders import describe, pick_folder
    from eval.plan import Plan
    from eval.report import write_report
    from eval.run import execute
    from eval.sets import half, sample
    from eval.support import support_check
    from rag.settings import Settings

    limits = [_limit(text) for text in options.fail_under]
    settings = Settings.load(
        answerer=options.answerer,
        model_url=options.model_url,
        model_name=options.model_name,
        abstain_below=options.threshold,
    )
    question_set, assistant = _assistant(options, settings)
    plan = Plan(
        set_name=question_set.name,
        questions=sample(half(question_set.questions, options.half), options.limit, options.seed),
        half=options.half,
        limit=options.limit,
        seed=options.seed,
        workers=options.workers or (4 if settings.answerer == "endpoint" else 1),
        open_pool=options.open_pool,
        offsets_only=options.offsets_only,
        retrieval_only=options.retrieval_only,
    )
    embedder = assistant.index.embedder
    config = describe(plan, assistant, settings, embedder.name)
    folder = Path(options.out) if options.out else pick_folder(config)
    judge = _judge(options.judge, settings)
    metrics = execute(plan, assistant, folder, config, support_check(embedder), judge)
    markdown, page = write_report(folder)
    print(markdown.read_text(encoding="utf-8"))
    print(page)
    return _verdict(metrics, limits)


def compare(options: argparse.Namespace) -> int:
    """Prints what changed from one run to the other."""
    from eval.compare import compare as compared
    from eval.compare import to_markdown

    print(to_markdown(compared(Path(options.before), Path(options.after), options.flip_on)))
    return 0


def calibrate(options: argparse.Namespace) -> int:
    """Fits on one half of a run, says what that does on the other, writes both and the curve."""
    from eval import records
    from eval.calibrate import calibrate as fitted
    from eval.calibrate import evaluate, halves
    from eval.plots import calibration_page

    folder = Path(options.run)
    found = list(records.read(folder / "answers.jsonl").values())
    fit, report = (found, []) if options.all else halves(found)
    result = fitted(fit, options.max_refused)
    values: dict[str, Any] = {"run": folder.name, **result.to_dict()}
    if report:
        held_out = evaluate(result.chosen.threshold, report)
        values["other_half"] = {
            "balanced_accuracy": held_out.balanced,
            "answered_of_answerable": held_out.answered,
            "declined_of_unanswerable": held_out.declined,
        }
    out = Path(options.out or folder / "calibration.json")
    out.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    page = out.with_suffix(".html")
    page.write_text(calibration_page(values), encoding="utf-8")
    print(json.dumps({key: value for key, value in values.items() if key != "curve"}, indent=1))
    print(f"{out}\n{page}")
    return 0


def squad(options: argparse.Namespace) -> int:
    """Prints SQuAD 2.0's official scores of predictions: {"question id": "answer", …}."""
    from eval.formats import read_set
    from eval.metrics.squad import official_scores

    questions = read_set(Path(options.data), "squad").questions
    gold = {q.id: q.answers if q.answerable else () for q in questions}
    predictions = _mapping(options.predictions)
    unsure = _mapping(options.no_answer) if options.no_answer else None
    threshold = options.no_answer_threshold
    print(json.dumps(official_scores(gold, predictions, unsure, threshold), indent=2))
    return 0


def report(options: argparse.Namespace) -> int:
    """Writes report.md and report.html of a finished run again."""
    from eval.report import write_report

    print(*write_report(Path(options.run)), sep="\n")
    return 0


def cases(options: argparse.Namespace) -> int:
    """Adds the answers that people disliked to a set, to be labelled."""
    from rag.cases import append_cases
    from rag.feedback import Feedback

    source = Path(options.feedback)
    if not source.exists():
        raise InputError(f"there are no votes at {source}")
    added = append_cases(Path(options.set), Feedback(source).all())
    print(f"{len(added)} new in {options.set}")
    return 0


def numbers(options: argparse.Namespace) -> int:
    """Writes the tables of README.md and docs/eval.md again."""
    from eval.numbers import read_runs, write_numbers

    changed = write_numbers(read_runs(Path(options.results)))
    print("\n".join(map(str, changed)) or "nothing changed")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eval", description="Did the answers get better?"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    command = commands.add_parser("compare", help="what changed between two runs")
    command.add_argument("before", help="folder of a run")
    command.add_argument("after", help="folder of a run")
    command.add_argument("--flip-on", default="right", help="the value whose flips are listed")
    command.set_defaults(command=compare)
    command = commands.add_parser("calibrate", help="fit the abstention threshold on a run")
    command.add_argument("run", help="folder of a run, best made with --threshold 0")
    command.add_argument("--all", action="store_true", help="fit on all, hold nothing out")
    command.add_argument(
        "--max-refused", type=float, default=1.0, help="answerable questions declined, at most"
    )
    command.add_argument("--out", help="a .json file; default: calibration.json in the run")
    command.set_defaults(command=calibrate)
    command = commands.add_parser("squad", help="official SQuAD 2.0 scores of predictions")
    command.add_argument("data", help="SQuAD 2.0 JSON, or a folder of the footnote format")
    command.add_argument("predictions", help='JSON: {"question id": "answer"}')
    command.add_argument("--no-answer", help='JSON: {"question id": probability of no answer}')
    command.add_argument(
        "--no-answer-threshold", type=float, default=1.0, help="above it counts as declined"
    )
    command.set_defaults(command=squad)
    command = commands.add_parser("report", help="write the report of a run again")
    command.add_argument("run", help="folder of a run")
    command.set_defaults(command=report)
    command = commands.add_parser("cases", help="disliked answers become cases of a set")
    command.add_argument("feedback", help="the file of votes that the web chat keeps")
    command.add_argument("set", help="a .jsonl file, made where it is missing")
    command.set_defaults(command=cases)
    command = commands.add_parser("numbers", help="figures of the committed runs into README.md")
    command.add_argument("--results", default="eval/results", help="folder of committed runs")
    command.set_defaults(command=numbers)
    return parser


def _add_run(commands: Any) -> None:
    command = commands.add_parser("run", help="ask a set of questions")
    source = command.add_mutually_exclusive_group(required=True)
    source.add_argument("--set", help="seed, articles, or a .jsonl file of your own")
    source.add_argument("--format", help="footnote, squad, beir, mtrag or realtimeqa, with --data")
    command.add_argument("--data", type=Path, help="the file or folder of --format")
    command.add_argument("--articles", help="files or folder that a set of your own asks about")
    command.add_argument("--index", type=Path, help="an index on disk to ask instead")
    command.add_argument("--answerer", choices=("quote", "embedded", "endpoint"))
    command.add_argument("--model-url", help="base URL of an OpenAI-compatible server")
    command.add_argument("--model-name")
    command.add_argument("--threshold", type=float, help="abstain below this; 0 never abstains")
    command.add_argument("--limit", type=int, help="ask a fixed sample of so many questions")
    command.add_argument(
        "--half", choices=("first", "second"), help="of the set: tune on one, report the other"
    )
    command.add_argument("--seed", type=int, default=7, help="of the sample")
    command.add_argument("--workers", type=int, help="questions at once; default 1, endpoint 4")
    command.add_argument("--open-pool", action="store_true", help="drop the filters on articles")
    command.add_argument("--offsets-only", action="store_true", help="keep no words of articles")
    command.add_argument("--retrieval-only", action="store_true", help="rank, do not answer")
    command.add_argument("--judge", help='"endpoint", or module:name of a LlamaIndex LLM')
    command.add_argument("--out", help="folder of the run; default: a new one in eval/runs/")
    command.add_argument(
        "--fail-under", action="append", default=[], metavar="NAME=VALUE", help="for CI"
    )
    command.set_defaults(command=run)


def _assistant(options: argparse.Namespace, settings: Settings) -> tuple[QuestionSet, Assistant]:
    """The questions, and an assistant over the articles they are asked of."""
    from eval.sets import read_seeds
    from rag import Assistant

    question_set, seeds = _question_set(options)
    if options.index:
        return question_set, Assistant.open(options.index, settings=settings)
    if options.articles:
        return question_set, Assistant.from_sources(options.articles, settings=settings)
    articles = read_seeds() if seeds else question_set.articles
    if not articles:
        raise InputError("the set brings no articles: give --articles or --index")
    return question_set, Assistant.from_articles(articles, settings=settings)


def _question_set(options: argparse.Namespace) -> tuple[QuestionSet, bool]:
    from eval.formats import read_named_set, read_set

    if options.format:
        if options.data is None:
            raise InputError("--format needs --data: the file or folder to read")
        return read_set(options.data, options.format), False
    path = Path(options.set)
    if path.suffix == ".jsonl" or path.is_dir():
        return read_set(path), False
    return read_named_set(options.set)


def _judge(name: str | None, settings: Settings) -> Judge | None:
    from eval.judge import from_drafter, from_llama_index

    if not name:
        return None
    if name == "endpoint":
        from rag.llm import EndpointModel

        return from_drafter(
            EndpointModel(settings.model_url, settings.model_name, settings.api_key)
        )
    module, _, attribute = name.partition(":")
    try:
        return from_llama_index(getattr(importlib.import_module(module), attribute))
    except (ImportError, AttributeError) as error:
        raise InputError(f"--judge {name}: {error}") from error


def _limit(text: str) -> tuple[str, float]:
    from eval.score import BY_NAME

    name, _, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        raise InputError(f"--fail-under {text}: give it as NAME=VALUE") from None
    if name not in BY_NAME:
        raise InputError(f"--fail-under {text}: no figure is called {name!r}")
    return name, number


def _verdict(metrics: dict[str, Any], limits: Sequence[tuple[str, float]]) -> int:
    for name, limit in limits:
        value = metrics["scores"].get(name, {}).get("value")
        if value is None or value < limit:
            print(f"eval: {name} is {value}, under {limit}", file=sys.stderr)
            return BELOW
    if metrics["errors"]:
        print(f"eval: {metrics['errors']} questions ended in an error", file=sys.stderr)
        return 1
    return 0


def _mapping(path: str) -> dict[str, Any]:
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {error}") from error
    if not isinstance(values, dict):
        raise InputError(f"{path}: not a JSON object")
    return values


if __name__ == "__main__":
    sys.exit(main())
