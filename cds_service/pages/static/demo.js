// The demo page plays the EHR: it sends the hook request, draws the cards and the timeline, and posts feedback.
"use strict";
(function () {
  const SERVICE = "cds-services/myeloma-patient-view";
  const KEYS = {
    Patient: "patient", Condition: "conditions", MedicationStatement: "medicationStatements", MedicationRequest: "medicationRequests",
    MedicationAdministration: "medicationAdministrations", Observation: "observations", Procedure: "procedures",
    AllergyIntolerance: "allergies", MedicationDispense: "medicationDispenses", CarePlan: "carePlans", DiagnosticReport: "diagnosticReports",
  };
  const WORDS = { info: "For information", warning: "Warning", critical: "Critical" };
  const $ = (id) => document.getElementById(id);
  let turn = 0;

  function make(tag, text, className) {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (className) node.className = className;
    return node;
  }

  async function call(path, options) {
    const answer = await fetch(path, { credentials: "omit", ...options });
    const text = await answer.text();
    let content = null;
    try {
      content = text ? JSON.parse(text) : null;
    } catch {
      content = null;
    }
    if (!answer.ok) {
      const told = content && content.issue && content.issue[0] && content.issue[0].diagnostics;
      throw new Error(`The service answered ${answer.status}${told ? `: ${told}` : ""}`);
    }
    return content;
  }

  function post(path, content) {
    return call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) });
  }

  // A bundle of one patient as an EHR would prefetch it: resources by type, the rest under a key of their own.
  function asRequest(bundle) {
    const resources = bundle.resourceType === "Bundle"
      ? (bundle.entry || []).map((entry) => entry && entry.resource).filter(Boolean)
      : [bundle];
    const patient = resources.find((item) => item.resourceType === "Patient");
    if (!patient || !patient.id) throw new Error("The bundle holds no Patient resource with an id, so nobody's chart can be opened.");
    const prefetch = {};
    for (const key of Object.values(KEYS)) {
      if (key !== "patient") prefetch[key] = { resourceType: "Bundle", type: "searchset", entry: [] };
    }
    prefetch.patient = patient;
    for (const resource of resources) {
      if (resource === patient) continue;
      const key = KEYS[resource.resourceType] || "others";
      prefetch[key] = prefetch[key] || { resourceType: "Bundle", type: "searchset", entry: [] };
      if (prefetch[key].entry) prefetch[key].entry.push({ resource });
    }
    return {
      hook: "patient-view",
      hookInstance: crypto.randomUUID ? crypto.randomUUID() : "00000000-0000-4000-8000-000000000000",
      context: { userId: "Practitioner/demo", patientId: patient.id },
      prefetch,
    };
  }

  async function request(options) {
    const id = $("patient").value;
    let body;
    if (id) body = await call(`demo/requests/${encodeURIComponent(id)}`);
    else {
      const text = $("bundle").value.trim();
      if (!text) throw new Error("Please paste a bundle or choose a file first.");
      let given;
      try {
        given = JSON.parse(text);
      } catch {
        throw new Error("This is not well-formed JSON. Please paste one FHIR R4 Bundle.");
      }
      body = given.hook ? given : asRequest(given);
    }
    body.extension = { ...body.extension, "org.myeloma-cds.options": options };
    return body;
  }

  function bundleOf(body) {
    const entry = [];
    for (const value of Object.values(body.prefetch || {})) {
      if (value && value.resourceType === "Bundle") entry.push(...(value.entry || []));
      else if (value && value.resourceType) entry.push({ resource: value });
    }
    return { resourceType: "Bundle", type: "collection", entry };
  }

  async function open() {
    const mine = ++turn;
    const options = { jurisdiction: $("jurisdiction").value, policy: $("policy").value };
    if ($("as-of").value) options.asOf = $("as-of").value;
    $("said").textContent = "Reading the chart …";
    $("problem").hidden = true;
    $("answer").hidden = true; // never another patient's answer under the new choice
    try {
      const body = await request(options);
      const started = performance.now();
      const answer = await post(SERVICE, body);
      const took = Math.round(performance.now() - started);
      const query = new URLSearchParams(options);
      const [drawn, whole] = await Promise.all([
        post(`timeline?${query}`, bundleOf(body)), post(`assess?${query}`, bundleOf(body)),
      ]);
      if (mine !== turn) return;
      $("answer").hidden = false;
      cards(answer.cards);
      await timeline(drawn);
      $("request").textContent = JSON.stringify(body, null, 2);
      $("response").textContent = JSON.stringify(answer, null, 2);
      $("assessment").textContent = JSON.stringify(whole, null, 2);
      const many = answer.cards.length === 1 ? "1 card" : `${answer.cards.length} cards`;
      $("said").textContent = `${many} in ${took} ms.`;
      document.body.dataset.state = "open";
    } catch (error) {
      if (mine !== turn) return;
      $("said").textContent = "";
      $("answer").hidden = true;
      $("problem").hidden = false;
      $("problem").textContent = error.message;
      document.body.dataset.state = "problem";
    }
  }

  function cards(found) {
    const box = $("cards");
    box.replaceChildren(...found.map(card));
    if (!found.length) box.append(make("p", "The service has nothing to say about this patient, and says nothing: no cards.", "panel"));
  }

  function card(content) {
    const node = make("article", undefined, `card ${content.indicator}`);
    const head = make("div", undefined, "head row");
    head.append(make("span", WORDS[content.indicator] || content.indicator, "badge"));
    const source = make("span", content.source.label, "small soft");
    if (content.source.topic) source.textContent += ` · ${content.source.topic.display || content.source.topic.code}`;
    head.append(source);
    node.append(head, make("h3", content.summary));
    if (content.detail) {
      const detail = myelomaMarkdown(content.detail);
      detail.className = "detail";
      detail.tabIndex = 0;
      detail.setAttribute("role", "region");
      detail.setAttribute("aria-label", `Details: ${content.summary}`);
      node.append(detail);
    }
    const actions = make("div", undefined, "suggestions no-print");
    for (const item of content.suggestions || []) {
      const button = make("button", item.label);
      button.type = "button";
      button.title = (item.actions || []).map((action) => action.description).join(" ");
      button.addEventListener("click", () => accept(content, item, button));
      actions.append(button);
    }
    if (content.overrideReasons) {
      const button = make("button", "Override …");
      button.type = "button";
      button.addEventListener("click", () => override(content, button));
      actions.append(button);
    }
    if (actions.childElementCount) node.append(actions);
    for (const link of content.links || []) {
      const line = make("p");
      const anchor = make("a", link.label);
      if (/^https?:\/\//.test(link.url)) anchor.href = link.url;
      anchor.rel = "noopener noreferrer";
      line.append(anchor, make("span", link.type === "smart" ? " (SMART app, opened by the EHR)" : "", "small soft"));
      node.append(line);
    }
    return node;
  }

  async function feedback(entry, button, done) {
    try {
      await post(`${SERVICE}/feedback`, { feedback: [{ ...entry, outcomeTimestamp: new Date().toISOString() }] });
      button.textContent = done;
      button.disabled = true;
      $("said").textContent = "The feedback was stored.";
    } catch (error) {
      $("said").textContent = `The feedback was not stored. ${error.message}`;
    }
  }

  function accept(content, item, button) {
    return feedback(
      { card: content.uuid, outcome: "accepted", acceptedSuggestions: [{ id: item.uuid }] }, button, `${item.label} ✓`,
    );
  }

  function override(content, button) {
    const dialog = $("override");
    $("override-summary").textContent = content.summary;
    $("comment").value = "";
    $("reason").replaceChildren(...content.overrideReasons.map((reason, index) => {
      const option = make("option", reason.display);
      option.value = String(index);
      return option;
    }));
    dialog.returnValue = "";
    dialog.onclose = () => {
      button.focus();
      if (dialog.returnValue !== "send") return;
      const reason = { reason: content.overrideReasons[Number($("reason").value)] };
      if ($("comment").value.trim()) reason.userComment = $("comment").value.trim();
      feedback({ card: content.uuid, outcome: "overridden", overrideReason: reason }, button, "Overridden");
    };
    dialog.showModal();
  }

  async function timeline(drawn) {
    await myelomaTimeline.renderTimeline($("chart"), drawn);
    const table = make("table");
    table.append(make("caption", drawn.timeline.summary));
    const head = table.createTHead().insertRow();
    for (const name of ["Date", "What", "How it is known"]) {
      const cell = make("th", name);
      cell.scope = "col";
      head.append(cell);
    }
    const body = table.createTBody();
    for (const event of drawn.timeline.events) {
      const row = body.insertRow();
      row.tabIndex = 0;
      row.dataset.date = event.date;
      row.dataset.what = event.what;
      row.append(make("td", event.date || "not on record", "when"), make("td", event.what));
      const how = make("td", event.text);
      how.append(make("div", `Rules ${event.rules.join(", ")}. From ${event.resources.join(", ")}`, "refs"));
      row.append(how);
    }
    const box = make("div", undefined, "scroll");
    box.append(table);
    for (const series of drawn.timeline.series) box.append(values(series));
    if (drawn.timeline.undated.length) box.append(undated(drawn.timeline.undated));
    $("table").replaceChildren(box);
    myelomaTimeline.tieRows($("chart"), body.rows);
  }

  function undated(found) {
    const list = make("ul");
    for (const item of found) {
      list.append(make("li", `${item.name} ${item.comparator || ""}${item.value} ${item.unit}, ${item.date} (${item.resource})`));
    }
    const node = make("div");
    node.append(make("p", "Not drawn, because the day is not known:"), list);
    return node;
  }

  function values(series) {
    const table = make("table");
    table.append(make("caption", `${series.name} in ${series.unit}`));
    const head = table.createTHead().insertRow();
    for (const name of ["Date", "Value", "From"]) {
      const cell = make("th", name);
      cell.scope = "col";
      head.append(cell);
    }
    const body = table.createTBody();
    for (const point of series.points) {
      const row = body.insertRow();
      row.append(
        make("td", point.date, "when"), make("td", `${point.comparator || ""}${point.value} ${series.unit}`),
        make("td", point.resource, "refs"),
      );
    }
    return table;
  }

  $("choice").addEventListener("submit", (event) => {
    event.preventDefault();
    open();
  });
  for (const id of ["patient", "as-of", "jurisdiction", "policy"]) {
    $(id).addEventListener("change", () => {
      $("own").hidden = $("patient").value !== "";
      if ($("patient").value) open();
    });
  }
  $("file").addEventListener("change", async () => {
    const file = $("file").files[0];
    if (file) $("bundle").value = await file.text();
  });
  open();
})();
