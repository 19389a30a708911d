"""The drawing of a timeline, as plotly reads it: traces and layout, SVG only (no WebGL), a pure function of the data.

Three bands share one time axis: laboratory values on top, lines of therapy in the middle, one row per drug below. Colours are
legible on light and dark ground; the page puts its own text colour over the layout. No meaning rests on colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from textwrap import wrap
from typing import Any

PHASE_COLOURS = {
    "induction": "#3b7dd8",
    "treatment": "#3b7dd8",
    "consolidation": "#5b9bd5",
    "maintenance": "#7fb3c8",
    "bridging": "#9a86c4",
    "mobilization": "#a9a9a9",
    "lymphodepletion": "#a9a9a9",
    "transplant": "#b8860b",
    "car-t": "#8250c4",
}
STATUS_COLOURS = {
    "refractory": "#c0392b",
    "exposed-unknown": "#8a8f98",
    "exposed-not-refractory": "#2e8b6f",
    "before": "#7d93ab",
}
SERIES_COLOURS = ("#b35c00", "#6a51a3", "#1b7837", "#2166ac")
MARK_SYMBOLS = {
    "transplant": ("diamond", "#b8860b"),
    "car-t": ("star", "#8250c4"),
    "progression": ("triangle-up", "#c0392b"),
    "possible-progression": ("triangle-up-open", "#c0392b"),
}
MARK_NAMES = {
    "transplant": "transplant",
    "car-t": "CAR-T infusion",
    "progression": "progression",
    "possible-progression": "possible progression",
}
BEFORE = "before"
"""What a refractory drug's bars are called up to the day of the proof."""
_LAB_AXES = ("y", "y4", "y5", "y6")
"""One band per unit, so that two units never share a scale."""
_ROW_PX = 28
_LABS_PX = 130
_GAP_PX = 24
_MARGIN_PX = 70
_DAY_MS = 86_400_000


def figure(data: dict[str, Any]) -> dict[str, Any]:
    """Return `{data, layout}` for `Plotly.newPlot`."""
    units = list(dict.fromkeys(item["unit"] for item in data["series"]))
    axes = dict(zip(units, _LAB_AXES, strict=False))
    traces = [_series(item, index, axes[item["unit"]]) for index, item in enumerate(data["series"])]
    traces += [*_lines(data), *_drugs(data), *_marks(data)]
    return {"data": traces, "layout": _layout(data, axes)}


def _domains(bands: dict[str, int]) -> dict[str, list[float]]:
    """Divide the height between bands named from the top; domains count from the bottom, as plotly's do."""
    total = sum(bands.values()) + _GAP_PX * (len(bands) - 1)
    found, top = {}, total
    for axis, pixels in bands.items():
        found[axis] = [round((top - pixels) / total, 4), round(top / total, 4)]
        top -= pixels + _GAP_PX
    return found


def _hover(text: str, source: dict[str, Any]) -> str:
    """Fold a text for the hover box and put its rules and resources below. Plotly reads a few tags: none may come from data."""
    told = [_plain(part) for part in wrap(text, 70)]
    if source.get("basis"):
        told.append(f"Rules: {_plain(', '.join(source['basis']))}")
    if source.get("resources"):
        shown = source["resources"][:6]
        more = len(source["resources"]) - len(shown)
        told += [_plain(part) for part in wrap(f"From: {', '.join(shown)}{f' and {more} more' if more else ''}", 80)]
    return "<br>".join(told)


def _plain(text: str) -> str:
    """Make a text harmless where plotly reads pseudo-HTML and entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _series(item: dict[str, Any], index: int, axis: str) -> dict[str, Any]:
    colour = SERIES_COLOURS[index % len(SERIES_COLOURS)]
    points = item["points"]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": f"{item['name']} ({item['unit']})",
        "x": [point["date"] for point in points],
        "y": [point["value"] for point in points],
        "customdata": [_value(item, point) for point in points],
        "hovertemplate": "%{customdata}<extra></extra>",
        "line": {"color": colour, "width": 2, "dash": "solid" if index == 0 else "dot"},
        "marker": {"color": colour, "size": 6, "symbol": ["circle", "square", "diamond", "cross"][index % 4]},
        "yaxis": axis,
        "xaxis": "x",
    }


def _value(item: dict[str, Any], point: dict[str, Any]) -> str:
    told = f"{item['name']} {point['comparator'] or ''}{point['value']:g} {item['unit']}, {point['date']}"
    return f"{_plain(told)}<br>From: {_plain(point['resource'])}"


def _length(start: str, end: str, data: dict[str, Any]) -> int:
    """Return the length of a bar in milliseconds; one day would vanish, so a bar is at least 1/250 of the drawing."""
    first, last = _span(data)
    days = (date.fromisoformat(end) - date.fromisoformat(start)).days
    return max(days, (last - first).days // 250, 3) * _DAY_MS


def _bar(name: str, axis: str, colour: str, *, dashed: bool = False) -> dict[str, Any]:
    pattern = {"pattern": {"shape": "/", "fgopacity": 0.5}} if dashed else {}
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "showlegend": False,
        "base": [],
        "x": [],
        "y": [],
        "text": [],
        "customdata": [],
        "textposition": "inside",
        "insidetextanchor": "start",
        "insidetextfont": {"color": "#ffffff", "size": 11},
        "constraintext": "none",
        "cliponaxis": True,
        "hovertemplate": "%{customdata}<extra></extra>",
        "marker": {"color": colour, "line": {"width": 0}, **pattern},
        "width": 0.72,
        "yaxis": axis,
        "xaxis": "x",
    }


def _lines(data: dict[str, Any]) -> list[dict[str, Any]]:
    traces: dict[str, dict[str, Any]] = {}
    for line in data["lines"]:
        hover = _hover(line["text"], line)
        for phase in line["phases"]:
            trace = traces.setdefault(
                phase["kind"], _bar(phase["kind"], "y2", PHASE_COLOURS.get(phase["kind"], "#3b7dd8"))
            )
            span = f"{phase['start']} to {phase['end'] or ('ongoing' if line['ongoing'] else 'end not on record')}"
            trace["base"].append(phase["start"])
            trace["x"].append(_length(phase["start"], phase["drawnTo"], data))
            trace["y"].append(_plain(line["label"]))
            trace["text"].append(_fits(phase["kind"], phase["start"], phase["drawnTo"], data))
            trace["customdata"].append(f"{_plain(phase['kind'].capitalize())}, {span}<br>{hover}")
    return list(traces.values())


def _drugs(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Draw a row per drug. What was given before the disease was refractory to it is not drawn as failed (F11)."""
    traces: dict[str, dict[str, Any]] = {}
    failed: dict[str, list[Any]] = {"x": [], "y": [], "customdata": []}
    for drug in data["drugs"]:
        hover = _hover(drug["text"], drug)
        for status, start, end in _stretches(drug):
            trace = traces.setdefault(
                status,
                _bar(status, "y3", STATUS_COLOURS.get(status, "#8a8f98"), dashed=status == "exposed-unknown"),
            )
            trace["base"].append(start)
            trace["x"].append(_length(start, end, data))
            trace["y"].append(_row_name(drug))
            trace["text"].append("")
            trace["customdata"].append(f"{start} to {end}<br>{hover}")
        if drug["status"] == "refractory" and drug["since"]:
            failed["x"].append(drug["since"])
            failed["y"].append(_row_name(drug))
            failed["customdata"].append(hover)
    result = list(traces.values())
    if failed["x"]:
        marker = {"symbol": "x", "size": 11, "color": "#c0392b", "line": {"color": "#ffffff", "width": 1.5}}
        result.append(_points("refractory", "y3", marker) | failed)
    return result


def _stretches(drug: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the bars of a drug, those of a refractory one cut at the day of the proof."""
    since = drug["since"] if drug["status"] == "refractory" else None
    for bar in drug["bars"]:
        start, end = bar["start"], bar["drawnTo"]
        if since is None:
            yield drug["status"], start, end
        elif end <= since:
            yield BEFORE, start, end
        elif start >= since:
            yield "refractory", start, end
        else:
            yield BEFORE, start, since
            yield "refractory", since, end


def _row_name(drug: dict[str, Any]) -> str:
    return f"{_plain(drug['agent'])} \u2717" if drug["status"] == "refractory" else _plain(drug["agent"])


def _points(name: str, axis: str, marker: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [],
        "y": [],
        "customdata": [],
        "hovertemplate": "%{customdata}<extra></extra>",
        "marker": marker,
        "yaxis": axis,
        "xaxis": "x",
    }


def _marks(data: dict[str, Any]) -> list[dict[str, Any]]:
    traces: dict[str, dict[str, Any]] = {}
    labels = {line["number"]: _plain(line["label"]) for line in data["lines"]}
    for mark in data["marks"]:
        symbol, colour = MARK_SYMBOLS[mark["kind"]]
        marker = {"symbol": symbol, "size": 13, "color": colour, "line": {"color": "#ffffff", "width": 1}}
        trace = traces.setdefault(mark["kind"], _points(MARK_NAMES[mark["kind"]], "y2", marker))
        trace["x"].append(mark["date"])
        trace["y"].append(labels[mark["line"]])
        trace["customdata"].append(f"{mark['date']}<br>{_hover(mark['text'], mark)}")
    return list(traces.values())


def _span(data: dict[str, Any]) -> tuple[date, date]:
    """Return the first and the last day of the drawing."""
    days = [line["start"] for line in data["lines"]] + [bar["start"] for drug in data["drugs"] for bar in drug["bars"]]
    if not days:
        days = [point["date"] for item in data["series"] for point in item["points"]]
    last = date.fromisoformat(data["asOf"])
    first = date.fromisoformat(min(days)) if days else last
    return min(first, last), last


def _fits(word: str, start: str, end: str, data: dict[str, Any]) -> str:
    """Write a word into a bar only where it has room, some 1/90 of the drawing a letter."""
    first, last = _span(data)
    share = (date.fromisoformat(end) - date.fromisoformat(start)).days / max((last - first).days, 1)
    return word if share * 90 > len(word) else ""


def _layout(data: dict[str, Any], axes: dict[str, str]) -> dict[str, Any]:
    first, last = _span(data)
    pad = timedelta(days=max((last - first).days // 40, 10))
    bands = dict.fromkeys(axes.values(), _LABS_PX)
    bands |= {"y2": max(len(data["lines"]), 1) * _ROW_PX, "y3": max(len(data["drugs"]), 1) * _ROW_PX}
    domains = _domains(bands)
    progressions = [mark["date"] for mark in data["marks"] if mark["kind"] == "progression"]
    layout: dict[str, Any] = {
        "height": sum(bands.values()) + _GAP_PX * (len(bands) - 1) + _MARGIN_PX,
        "margin": {"l": 10, "r": 16, "t": 34, "b": 36},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "barmode": "overlay",
        "hovermode": "closest",
        "hoverlabel": {"align": "left"},
        "dragmode": "pan",
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "font": {"size": 12}},
        "xaxis": {
            "type": "date",
            "range": [(first - pad).isoformat(), (last + pad).isoformat()],
            "anchor": "y3",
            "gridcolor": "rgba(128,128,128,0.25)",
            "zeroline": False,
        },
        "yaxis2": _rows([_plain(line["label"]) for line in data["lines"]], domains["y2"]),
        "yaxis3": _rows([_row_name(drug) for drug in data["drugs"]], domains["y3"]),
        "shapes": [_line_down(day) for day in sorted(set(progressions))],
    }
    for unit, axis in axes.items():
        layout[axis.replace("y", "yaxis")] = {
            "domain": domains[axis],
            "title": {"text": _plain(unit), "font": {"size": 12}},
            "fixedrange": True,
            "rangemode": "tozero",
            "zeroline": False,
            "gridcolor": "rgba(128,128,128,0.2)",
            "automargin": True,
        }
    return layout


def _rows(names: list[str], domain: list[float]) -> dict[str, Any]:
    return {
        "type": "category",
        "domain": domain,
        "categoryorder": "array",
        "categoryarray": names[::-1],
        "automargin": True,
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "tickfont": {"size": 12},
    }


def _line_down(day: str) -> dict[str, Any]:
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": day,
        "x1": day,
        "y0": 0,
        "y1": 1,
        "line": {"color": "#c0392b", "width": 1, "dash": "dot"},
    }
