// Every endpoint, one row each; a row opens to all that is known of it.

function methodBadge(method) {
  return make("span", { class: `method ${method.toLowerCase()}` }, method);
}

/** The path with its parameters set off. */
function showPath(path) {
  const parts = path.split(/(\{[^}]*\})/).filter(Boolean);
  return make("span", { class: "path" }, parts.map((part) =>
    part.startsWith("{") ? make("span", { class: "parameter" }, part) : part));
}

function showOutcome(outcome) {
  const shown = OUTCOMES[outcome];
  return make("span", { class: `outcome ${outcome}` }, sign(shown.sign), shown.word);
}

function showAccess(endpoint, facts) {
  if (endpoint.pending !== null) {
    return make("span", { class: "requirement" }, make("span", { class: "chip login" }, "pending sign-in"), make("span", { class: "reason" }, endpoint.pending));
  }
  if (endpoint.requirement !== null) {
    return make("span", { class: "requirement" }, showRequirement(endpoint.requirement, endpoint.sentences, facts));
  }
  const reason = endpoint.public_reason || "no reason given";
  return make("span", { class: "requirement" }, make("span", { class: "chip public" }, "public"), make("span", { class: "reason" }, reason));
}

/** The first sentence of a doc comment. */
function firstLine(doc) {
  return (doc ?? "").split(/\n\s*\n/)[0].replaceAll("\n", " ").trim();
}

/** The row of an endpoint; made once, and kept. */
function endpointRow(app, endpoint) {
  if (endpoint.row) return endpoint.row;
  const doc = firstLine(endpoint.handler?.doc);
  const outcome = make("span", { class: "verdict" });
  const access = make("span", { class: "access" }, showAccess(endpoint, null));
  const summary = make(
    "summary",
    {},
    methodBadge(endpoint.method),
    make("span", { class: "what" },
      showPath(endpoint.shownPath),
      doc && make("span", { class: "doc" }, doc),
      access),
    outcome,
  );
  const more = make("div", { class: "more" });
  const details = make("details", {
    ontoggle: () => {
      refreshRow(app, endpoint);
      app.opened(endpoint, details.open);
    },
  }, summary, more);
  endpoint.row = make("li", { class: "endpoint" }, details);
  Object.assign(endpoint, { details, more, outcomePlace: outcome, accessPlace: access });
  return endpoint.row;
}

/** Puts the outcome for the described caller on a row. */
function refreshRow(app, endpoint) {
  if (!endpoint.row) return;
  const outcome = outcomeOf(endpoint, app.facts);
  endpoint.row.dataset.outcome = outcome ?? "";
  endpoint.outcomePlace.replaceChildren(...(outcome ? [showOutcome(outcome)] : []));
  // Marks on every fact of a thousand rows would be noise: an open row has them.
  const { open } = endpoint.details;
  const marked = open && app.facts !== null;
  if (marked || endpoint.marked) endpoint.accessPlace.replaceChildren(showAccess(endpoint, marked ? app.facts : null));
  endpoint.marked = marked;
  if (open) showMore(app, endpoint);
}

/** The line to try the endpoint with. Parameters stay to be filled in: curl would expand braces. */
function curlLine(endpoint) {
  const origin = /^https?:$/.test(location.protocol) ? location.origin : "https://api.example.com";
  const path = endpoint.path.replace(/\{\*?([^}]*)\}/g, "<$1>");
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const method = ["GET", "ANY"].includes(endpoint.method) ? "" : `-X ${endpoint.method} `;
  const token = endpoint.requirement === null ? "" : '-H "Authorization: Bearer $TOKEN" ';
  return `curl ${method}${token}${quoted(origin + path)}`;
}

function showMore(app, endpoint) {
  const { handler, route } = endpoint;
  const rest = (handler?.doc ?? "").split(/\n\s*\n/).slice(1);
  const place = handler ?? route;
  const parts = [
    ...rest.map((paragraph) => make("p", { class: "doc" }, paragraph)),
    app.facts && make("p", { class: `answer ${outcomeOf(endpoint, app.facts)}` },
      answerOf(endpoint, app.facts)),
    endpoint.requirement !== null && endpoint.public_reason !== null && make("p", { class: "note" },
      "Marked public, but a router around it requires this."),
    endpoint.requirement !== null && make("pre", { class: "declared", tabindex: "0" }, make("code", {}, endpoint.declared)),
    endpoint.cross_site && make("p", { class: "note" },
      `Exempt from the cross-site check: ${endpoint.cross_site.exempt}${endpoint.cross_site.web_socket ? " (web sockets, too)" : ""}`),
    endpoint.requirement !== null && endpoint.pending === null && waysIn(app, endpoint),
    make("dl", {},
      fact("Accepted methods", endpoint.methods),
      fact("Checks", endpoint.checks.map((check) => `${check.name}: ${check.sentence}`)),
      fact("Roles that suffice", endpoint.sufficient_roles),
      fact("Roles with the checks", endpoint.conditional_roles),
      fact("Least role", endpoint.minimum_role ? [endpoint.minimum_role] : []),
      fact("Clients", endpoint.clients?.length === 0 ? ["none can obtain the scopes"] : endpoint.clients ?? []),
      fact("Handler", handler ? [`${handler.module}::${handler.name}`] : []),
      fact("Declared in", place?.file ? [`${place.file}:${place.line}`] : [])),
    make("p", { class: "actions" },
      scopesOf(endpoint).length > 0 && copyButton("Copy scope", () => scopesOf(endpoint).join(" ")),
      copyButton("Copy curl line", () => curlLine(endpoint)),
      copyButton("Copy link", () => location.href.split("#")[0] + writeState({ ...parseState(""), endpoint: endpoint.key }))),
  ];
  endpoint.more.replaceChildren(...parts.filter(Boolean));
}

function fact(term, values) {
  if (values.length === 0) return [];
  return [make("dt", {}, term), make("dd", {}, values.map((value) => make("span", { class: "value" }, value)))];
}

/** The scope string of an endpoint that has one way in. */
function scopesOf(endpoint) {
  return endpoint.minimal_sets.length === 1 ? (endpoint.minimal_sets[0].grants.scopes ?? []) : [];
}

/** The smallest sets of grants that open the endpoint, each with its scope string. */
function waysIn(app, endpoint) {
  const sets = endpoint.minimal_sets;
  if (sets.length === 0 && !app.unreachable.has(endpoint.key)) return null;
  if (sets.length === 0) {
    return make("p", { class: "warning" }, "No caller can use this endpoint: no set of authorities meets the requirement.");
  }
  // One way in that needs every part of the requirement says nothing new.
  if (sets.length === 1 && partsOf(sets[0]).length === endpoint.leaves.length) return null;
  const sentences = endpoint.sentences;
  const items = sets.map((set) => {
    const parts = partsOf(set);
    const scopes = set.grants.scopes ?? [];
    return make("li", {},
      make("span", { class: "requirement" }, parts.length > 0
        ? showRequirement({ all: parts }, sentences, app.facts)
        : make("span", { class: "chip login" }, "any signed-in caller")),
      sets.length > 1 && scopes.length > 0 && copyButton("Copy scope", () => scopes.join(" ")));
  });
  return make("section", { class: "ways" },
    make("h3", {}, sets.length > 1 ? "Any one of these is enough" : "What it takes"),
    make("ul", {}, items),
    endpoint.truncated && make("p", { class: "warning" }, "There may be more or shorter ways: the search was cut short."));
}

/** A minimal set as the parts of a requirement. */
function partsOf(set) {
  const named = (grants) => Object.entries(KINDS).flatMap(([kind, list]) =>
    (grants?.[list] ?? []).map((name) => ({ [kind]: name })));
  const checks = (names) => (names ?? []).map((check) => ({ check }));
  const login = [];
  if (set.methods !== undefined) login.push({ method: set.methods });
  if (set.acr !== undefined) login.push({ acr: set.acr });
  if (set.max_age !== undefined) login.push({ max_age: set.max_age });
  if (set.mfa) login.push("mfa");
  login.push(...(set.factors ?? []).map((factor) => ({ factor })));
  const against = [...named(set.without), ...(set.acr_other_than ?? []).map((acr) => ({ acr }))];
  if (set.older_than !== undefined) against.push({ max_age: set.older_than });
  against.push(...checks(set.without_checks));
  return [...named(set.grants), ...login, ...checks(set.checks), ...against.map((not) => ({ not }))];
}

/** The list; arrow keys go from row to row. */
function endpointsView(app, endpoints) {
  const list = make("ul", { class: "endpoints", onkeydown: moveBetweenRows });
  fill(list, endpoints, (endpoint) => {
    const row = endpointRow(app, endpoint);
    refreshRow(app, endpoint);
    if (endpoint.key === app.state.endpoint && !endpoint.details.open) endpoint.details.open = true;
    return row;
  });
  return [make("h2", { class: "spoken" }, "Endpoints"), list];
}

function moveBetweenRows(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !(event.target instanceof HTMLElement) || event.target.localName !== "summary") return;
  const rows = [...event.currentTarget.querySelectorAll(":scope > li > details > summary")];
  const next = rows[rows.indexOf(event.target) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}
