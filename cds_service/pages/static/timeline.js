// Draws a timeline with plotly and ties the rows of the table beside it to the marks of the drawing.
"use strict";
(function () {
  // What each element shows now: a redraw for another colour scheme must never bring back an earlier patient.
  const shown = new WeakMap();

  function ink() {
    return getComputedStyle(document.body).color;
  }

  function paper() {
    return getComputedStyle(document.body).getPropertyValue("--paper").trim() || "#ffffff";
  }

  function themed(layout, width) {
    const copy = JSON.parse(JSON.stringify(layout));
    copy.font = { color: ink(), family: "inherit" };
    copy.hoverlabel = { ...copy.hoverlabel, bgcolor: paper(), font: { color: ink(), size: 12 }, bordercolor: ink() };
    if (width < 600) copy.height += 40;
    return copy;
  }

  // element: where to draw. data: {timeline, figure} as `POST /timeline` answers. Returns a promise of the drawn element.
  async function renderTimeline(element, data) {
    if (typeof Plotly === "undefined") throw new Error("plotly is not loaded");
    element.setAttribute("role", "img");
    element.setAttribute("aria-label", data.timeline.summary);
    const config = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: "reset", locale: "en" };
    shown.set(element, data);
    const draw = () => {
      const { figure } = shown.get(element);
      return Plotly.react(element, figure.data, themed(figure.layout, element.clientWidth), config);
    };
    await draw();
    if (element.dataset.themed !== "yes") {
      element.dataset.themed = "yes";
      window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => element.isConnected && draw());
    }
    return element;
  }

  // A row that is focused or pointed at shows its mark in the drawing.
  function tieRows(element, rows) {
    for (const row of rows) {
      const show = () => {
        const point = find(element, row.dataset.date, row.dataset.what);
        if (point) Plotly.Fx.hover(element, [point], axesOf(element, point));
      };
      const hide = () => Plotly.Fx.unhover(element);
      row.addEventListener("focus", show);
      row.addEventListener("mouseenter", show);
      row.addEventListener("blur", hide);
      row.addEventListener("mouseleave", hide);
    }
  }

  function axesOf(element, point) {
    return "x" + (element.data[point.curveNumber].yaxis || "y");
  }

  function find(element, date, what) {
    const traces = element.data || [];
    for (let curveNumber = 0; curveNumber < traces.length; curveNumber++) {
      const trace = traces[curveNumber];
      const days = trace.base || trace.x;
      for (let pointNumber = 0; pointNumber < days.length; pointNumber++) {
        if (days[pointNumber] !== date) continue;
        const drug = what.endsWith(": refractory") ? what.slice(0, -": refractory".length) : null;
        const fits = drug !== null
          ? trace.name === "refractory" && trace.mode === "markers" && trace.y[pointNumber].startsWith(drug)
          : what.startsWith("Line ") ? trace.base !== undefined && trace.yaxis === "y2"
          : trace.mode === "markers" && trace.yaxis === "y2" && trace.name.toLowerCase().startsWith(what.split(" ")[0].toLowerCase());
        if (fits) return { curveNumber, pointNumber };
      }
    }
    return null;
  }

  // Draws every element that names a block of data on the page (SMART app, report).
  async function drawAll() {
    for (const element of document.querySelectorAll("[data-timeline]")) {
      const block = document.getElementById(element.dataset.timeline);
      if (!block) continue;
      await renderTimeline(element, JSON.parse(block.textContent));
      tieRows(element, document.querySelectorAll(`[data-events-of="${element.dataset.timeline}"] tr[tabindex]`));
      element.dataset.drawn = "yes";
    }
  }

  window.myelomaTimeline = { renderTimeline, tieRows };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", drawAll);
  else drawAll();
})();
