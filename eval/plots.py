"""Plots as inline SVG that follow the page: light or dark, no script, nothing fetched.

Drawn by matplotlib with placeholder colours; each placeholder then becomes a CSS variable,
so that one drawing serves both colour schemes. Ids are prefixed, for several drawings share
a page. The same figures give the same bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

_INK, _FAINT, _ACCENT, _SECOND = "#010101", "#020202", "#030303", "#040404"
_VARIABLES = {
    _INK: "var(--ink)",
    _FAINT: "var(--line)",
    _ACCENT: "var(--accent)",
    _SECOND: "var(--second)",
}
_SHORTEST_S = 0.001  # where the time axis begins
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "footnote",
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _FAINT,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _FAINT,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
}


def risk_coverage_plot(curve: Sequence[Sequence[float]]) -> str:
    """Risk over coverage; `curve` holds (coverage, risk, confidence), as metrics.json does."""

    def draw(axes: Axes) -> None:
        xs, ys = [point[0] for point in curve], [point[1] for point in curve]
        axes.plot(xs, ys, color=_ACCENT, linewidth=2)
        axes.fill_between(xs, ys, color=_ACCENT, alpha=0.15, linewidth=0)
        axes.set(xlim=(0, 1), ylim=(0, max(0.5, *ys) * 1.05))
        axes.set(xlabel="share of questions answered", ylabel="share of those wrong")

    return _svg("risk", draw, (5.2, 3.2))


def latency_plot(seconds: Mapping[str, Sequence[float]]) -> str:
    """The share of answers that had got so far within so many seconds, a line a stage."""
    styles = {
        "first_event": ("first event", _SECOND, ":"),
        "first_token": ("first text", _SECOND, "-"),
        "whole": ("whole answer", _ACCENT, "-"),
    }

    def draw(axes: Axes) -> None:
        for name, (label, colour, line) in styles.items():
            values = sorted(seconds.get(name, ()))
            if values:
                shares = [(n + 1) / len(values) for n in range(len(values))]
                axes.step(values, shares, where="post", color=colour, linestyle=line, label=label)
        axes.set(xscale="log", ylim=(0, 1.02), xlabel="seconds", ylabel="share of answers")
        axes.set_xlim(left=_SHORTEST_S)
        axes.legend(loc="center left")

    return _svg("latency", draw, (5.2, 3.2))


def kinds_plot(scores: Mapping[str, Mapping[str, float]]) -> str:
    """A bar with its interval for each kind of question; worst at the top."""
    kinds = sorted(scores, key=lambda kind: scores[kind]["value"], reverse=True)

    def draw(axes: Axes) -> None:
        values = [scores[kind]["value"] for kind in kinds]
        low = [v - scores[kind]["low"] for v, kind in zip(values, kinds, strict=True)]
        high = [scores[kind]["high"] - v for v, kind in zip(values, kinds, strict=True)]
        labels = [f"{kind or 'all'} ({int(scores[kind]['count'])})" for kind in kinds]
        axes.barh(labels, values, color=_ACCENT, alpha=0.75, height=0.62)
        errors = {"fmt": "none", "ecolor": _INK, "elinewidth": 1, "capsize": 2}
        axes.errorbar(values, labels, xerr=[low, high], **errors)  # type: ignore[arg-type]
        axes.set(xlim=(0, 1.02), xlabel="share right, with the 95 % interval")
        axes.grid(visible=False, axis="y")

    return _svg("kinds", draw, (7.2, 0.34 * len(kinds) + 1.0))


def calibration_plot(curve: Sequence[Mapping[str, float]], threshold: float) -> str:
    """Both sides of refusing, over the threshold; the chosen one is marked."""

    def draw(axes: Axes) -> None:
        xs = [step["threshold"] for step in curve]
        axes.plot(xs, [s["answered"] for s in curve], color=_ACCENT, label="answerable: answered")
        axes.plot(xs, [s["declined"] for s in curve], color=_SECOND, label="unanswerable: declined")
        axes.axvline(threshold, color=_INK, linewidth=1, linestyle="--")
        axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="threshold", ylabel="share")
        axes.legend(loc="center left")

    return _svg("calibration", draw, (6.4, 3.4))


def _svg(name: str, draw: Callable[[Axes], None], size: tuple[float, float]) -> str:
    with plt.rc_context(_STYLE):  # type: ignore[arg-type]
        figure, axes = plt.subplots(figsize=size, layout="constrained")
        draw(axes)
        buffer = io.StringIO()
        nothing: dict[str, Any] = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
        plt.close(figure)
    return _inline(buffer.getvalue(), name)


def _inline(svg: str, name: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, variable)
    return svg


def calibration_page(values: Mapping[str, Any]) -> str:
    """A small page of its own with the calibration curve."""
    svg = calibration_plot(values["curve"], values["threshold"])
    style = (
        ":root{color-scheme:light dark;--ink:#1f1c17;--line:#d9d0be;--accent:#1f4a7a;"
        "--second:#a3660a}@media(prefers-color-scheme:dark){:root{--ink:#ece7dc;--line:#4a463c;"
        "--accent:#9cc4f0;--second:#e7b73a}}body{max-width:44rem;margin:2rem auto;"
        "font-family:system-ui,sans-serif}"
    )
    text = (
        f"Threshold {values['threshold']:.4f}: balanced accuracy "
        f"{values['balanced_accuracy']:.3f}, AUROC {values['auroc']:.3f}, on "
        f"{values['answerable']} answerable and {values['unanswerable']} unanswerable questions."
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Calibration</title>'
        f'<link rel="icon" href="data:,"><style>{style}</style>'
        f"<h1>Calibration</h1><p>{text}</p>{svg}</html>\n"
    )
