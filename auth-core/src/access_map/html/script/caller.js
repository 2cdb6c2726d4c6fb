// "What can I call?": a caller described by ticks, or by a token that only this page reads.

const LISTS = [
  ["roles", "Roles"],
  ["scopes", "Scopes"],
  ["permissions", "Permissions"],
  ["groups", "Groups"],
];

/** A list this long gets a field to find names in, and starts closed. */
const LONG = 12;

/** Has the API explain a pasted token: `{ part, take }`, set by `explain.js` where that is there. */
let explainer = null;

function buildCaller(app) {
  const place = byId("caller-form");
  // Above the list on a narrow screen, where it would push the list out of sight.
  byId("caller").open = hasCaller(app.state) || !matchMedia("(max-width: 62rem)").matches;
  app.boxes = [];
  place.append(
    tokenPart(app),
    switchPart(app),
    ...LISTS.map(([list, title]) => namesPart(app, list, title)).filter(Boolean),
    loginPart(app),
    checksPart(app),
    make("p", { class: "actions" },
      make("button", { type: "button", class: "quiet", onclick: () => clearCaller(app) }, "Clear"),
      copyButton("Copy scopes", () => [...app.state.scopes].join(" "))),
  );
}

function clearCaller(app) {
  const empty = parseState("");
  const changes = { caller: "", outcome: "" };
  CALLER_FIELDS.forEach((field) => { changes[field] = empty[field]; });
  app.claims = null;
  byId("token-report").replaceChildren();
  explainer?.take("");
  app.update(changes);
  announce("No caller is described now");
}

/** One box: its name, its doc, and whether it is held through another one that is ticked. */
function box(app, field, name, { label, doc }) {
  const input = make("input", {
    type: "checkbox",
    onchange: () => {
      const names = new Set(app.state[field]);
      if (input.checked) names.add(name);
      else names.delete(name);
      app.update({ [field]: names });
    },
  });
  const through = make("span", { class: "through" });
  const row = make("label", { class: "box", title: doc || false }, input, make("span", { class: "name" }, label ?? name), through);
  app.boxes.push({ field, name, input, through, row });
  return row;
}

function namesPart(app, list, title) {
  const entries = app.model.vocabulary[list];
  if (entries.length === 0) return null;
  const boxes = entries.map((entry) => box(app, list, entry.name, entry));
  const long = entries.length > LONG;
  const find = long && make("input", {
    type: "search", class: "find", placeholder: `Find ${list}`, "aria-label": `Find ${list}`,
    oninput: ({ target }) => {
      const word = target.value.trim().toLowerCase();
      entries.forEach(({ name }, place) => { boxes[place].hidden = !name.toLowerCase().includes(word); });
    },
  });
  const group = make("div", { class: "boxes", role: "group", "aria-label": title }, boxes);
  return make("details", { class: "part", open: !long, "data-list": list },
    make("summary", {}, title, make("span", { class: "note ticked" })), find, group);
}

function switchPart(app) {
  const input = make("input", {
    type: "checkbox", id: "signed-in",
    onchange: () => (input.checked ? app.update({ caller: "signed-in" }) : clearCaller(app)),
  });
  app.signedIn = input;
  return make("label", { class: "box signed-in" }, input, make("span", { class: "name" }, "Signed in"),
    make("span", { class: "through" }, "holds what is ticked"));
}

function loginPart(app) {
  const methods = methodsOf(app.model, app.endpoints);
  const values = valuesOf(app.endpoints, "acr");
  const factors = factorsOf(app.endpoints);
  const hasAge = valuesOf(app.endpoints, "max_age").length > 0;
  if (values.length === 0 && !hasAge && factors.length === 0 && methods.length === 0) return null;
  app.acr = make("select", { id: "acr", onchange: ({ target }) => app.update({ acr: target.value }) },
    make("option", { value: "" }, "not stated"), values.map((acr) => make("option", { value: acr }, acr)));
  app.age = make("input", {
    id: "age", type: "number", min: "0", step: "1", inputmode: "numeric", placeholder: "not stated",
    oninput: ({ target }) => app.update({ age: target.value === "" ? "" : String(Math.max(0, Math.round(Number(target.value) * 60))) }),
  });
  const usual = `${app.model.default_methods[0] ?? "none"} (usual)`;
  app.credential = methods.length > 0 && make("select",
    { id: "credential", onchange: ({ target }) => app.update({ credential: target.value }) },
    make("option", { value: "" }, usual), methods.map((method) => make("option", { value: method }, method)));
  return make("details", { class: "part", open: true },
    make("summary", {}, "Login"),
    make("div", { class: "fields" },
      app.credential && make("label", { for: "credential" }, "Method"), app.credential,
      make("label", { for: "acr" }, "Class (acr)"), app.acr,
      make("label", { for: "age" }, "Minutes ago"), app.age),
    factors.length > 0 && make("div", { class: "boxes", role: "group", "aria-label": "Factors proved" },
      factors.map((name) => box(app, "factors", name, { label: name === "mfa" ? "two factors" : name }))));
}

function checksPart(app) {
  // Checks of several modules may share a name; then the box is for all of them, and says so.
  const sentences = new Map();
  for (const { name, sentence } of app.endpoints.flatMap(({ checks }) => checks)) {
    sentences.set(name, (sentences.get(name) ?? new Set()).add(sentence || name));
  }
  if (sentences.size === 0) return null;
  const boxes = [...sentences].map(([name, all]) => box(app, "checks", name, { label: [...all].join("; "), doc: name }));
  return make("details", { class: "part", open: sentences.size <= LONG },
    make("summary", {}, "Checks that say yes"),
    make("div", { class: "boxes", role: "group", "aria-label": "Checks that say yes" }, boxes));
}

function tokenPart(app) {
  const field = make("textarea", {
    id: "token", rows: "2", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    placeholder: "eyJ…", "aria-describedby": "token-note",
    oninput: ({ target }) => {
      explainer?.take(target.value);
      if (target.value.trim() !== "") takeToken(app, target);
    },
  });
  return make("details", { class: "part token" },
    make("summary", {}, "Paste a token"),
    make("label", { for: "token", class: "spoken" }, "Access token (JWT)"), field,
    make("p", { id: "token-note", class: "note" },
      explainer ? "Sent only when you press Explain, and only to this service; nothing is stored. The ticks are read in this page, where the signature is "
        : "Read in this page only: nothing is sent, nothing is stored, and the signature is ",
      make("strong", {}, "not verified"), ". Names come from ",
      CLAIMS.map(([claim], place) => [place > 0 ? ", " : "", make("code", {}, claim)]),
      ", and for one client from ", make("code", {}, "resource_access"),
      "; your API may be set up to read others."),
    make("div", { id: "token-report", "aria-live": "polite" }),
    explainer?.part());
}

/** Takes over a pasted token, and forgets its text here: only what it says of the caller is kept. */
function takeToken(app, field) {
  try {
    app.claims = decodeToken(field.value);
  } catch (error) {
    byId("token-report").replaceChildren(make("p", { class: "warning" }, error.message));
    return;
  }
  field.value = "";
  applyClaims(app, "");
}

function applyClaims(app, client) {
  const read_ = readClaims(app.claims, client, app.vocabulary);
  const now = Math.floor(Date.now() / 1000);
  const changes = { caller: "signed-in", acr: read_.acr ?? "", age: "", unknown: read_.unknown };
  if (read_.authTime !== null && read_.authTime <= now + AHEAD) {
    changes.age = String(Math.max(0, Math.floor(now - read_.authTime)));
  }
  const unknown = [];
  for (const [kind, list] of Object.entries(KINDS)) {
    const known = [...read_.names[list]].filter((name) => app.vocabulary[kind].has(name));
    unknown.push(...[...read_.names[list]].filter((name) => !app.vocabulary[kind].has(name)));
    changes[list] = new Set(known);
  }
  app.update(changes);
  byId("token-report").replaceChildren(...tokenReport(app, read_, client, unknown, now).filter(Boolean));
}

function tokenReport(app, read_, client, unknown, now) {
  const clients = clientsOf(app.claims);
  const choice = clients.length > 0 && make("div", { class: "fields" },
    make("label", { for: "client" }, "Roles of client"),
    make("select", { id: "client", onchange: ({ target }) => applyClaims(app, target.value) },
      make("option", { value: "" }, "none"),
      clients.map((one) => make("option", { value: one, selected: one === client }, one))));
  const line = (label, names) => [make("dt", {}, label), make("dd", {}, names.join(", "))];
  return [
    make("p", {}, "A token of ", make("strong", {}, read_.subject ?? "an unnamed subject"),
      read_.issuer && [" from ", make("span", { class: "value" }, read_.issuer)], ". Signature not verified."),
    read_.expires !== null && read_.expires < now && make("p", { class: "warning" }, "It has expired: the API would answer 401."),
    make("dl", {}, read_.found.flatMap(({ label, names }) => line(label, names)),
      unknown.length > 0 ? line("Unknown here, grant nothing", unknown) : [],
      read_.unknown.size > 0 ? line("Left open by the token", [...read_.unknown]) : []),
    choice,
  ];
}

/** Shows the state in the form, and how many endpoints answer how. */
function refreshCaller(app) {
  const { state, facts } = app;
  app.signedIn.checked = facts !== null;
  for (const { field, name, input, through } of app.boxes) {
    input.checked = state[field].has(name);
    const kind = kindOf(field);
    through.textContent = kind && facts && !input.checked && facts.held[kind].has(name) ? "held too" : "";
  }
  for (const part of document.querySelectorAll("[data-list]")) {
    const count = state[part.dataset.list].size;
    const notes = [count > 0 && `${count} ticked`, state.unknown.has(part.dataset.list) && "the token leaves open others"];
    part.querySelector(".ticked").textContent = notes.filter(Boolean).join(", ");
  }
  if (app.acr) {
    if (state.acr !== "" && ![...app.acr.options].some(({ value }) => value === state.acr)) {
      app.acr.append(make("option", { value: state.acr }, state.acr));
    }
    app.acr.value = state.acr;
  }
  if (app.credential) app.credential.value = state.credential;
  const minutes = state.age === "" ? "" : String(Math.round((Number(state.age) / 60) * 100) / 100);
  if (app.age && document.activeElement !== app.age) app.age.value = minutes;
  refreshTally(app);
}

function refreshTally(app) {
  const tally = byId("tally");
  tally.hidden = app.facts === null;
  if (app.facts === null) return;
  const counts = { allowed: 0, check: 0, stepup: 0, refused: 0 };
  app.endpoints.forEach((endpoint) => { counts[outcomeOf(endpoint, app.facts)] += 1; });
  const focused = tally.contains(document.activeElement) ? document.activeElement.dataset.outcome : null;
  tally.replaceChildren(...Object.entries(OUTCOMES).map(([outcome, shown]) =>
    make("button", {
      type: "button", class: `tally ${outcome}`, "data-outcome": outcome,
      "aria-pressed": String(app.state.outcome === outcome),
      onclick: () => app.update({ outcome: app.state.outcome === outcome ? "" : outcome }),
    }, make("strong", {}, String(counts[outcome])), make("span", {}, sign(shown.sign), shown.word))));
  if (focused) tally.querySelector(`[data-outcome="${focused}"]`)?.focus();
}
