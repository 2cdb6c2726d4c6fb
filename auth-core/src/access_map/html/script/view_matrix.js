// Endpoint × role: who may call what, at a glance.

const CELLS = {
  met: { sign: "●", word: "yes" },
  undecided: { sign: "◐", word: "after a check" },
  unmet: { sign: "·", word: "no" },
};

function matrixView(app, endpoints) {
  const roles = app.model.vocabulary.roles ?? [];
  if (roles.length === 0) {
    return [make("h2", { class: "spoken" }, "Matrix"), about("This API has no roles.")];
  }
  const body = make("tbody");
  fill(body, endpoints, (endpoint) => matrixRow(app, endpoint, roles), 40, 60);
  const table = make("table", { class: roles.length > 8 ? "matrix wide" : "matrix" },
    make("caption", { class: "spoken" }, "Which role may call which endpoint, with the scopes and the login that the endpoint asks for"),
    make("thead", {}, make("tr", {},
      make("th", { scope: "col" }, "Endpoint"),
      app.facts && make("th", { scope: "col" }, "You"),
      roles.map((role) => make("th", { scope: "col", class: "role", title: role.doc || false }, make("span", {}, role.name))),
      make("th", { scope: "col" }, "Also asks for"))),
    body);
  return [
    make("h2", { class: "spoken" }, "Matrix"),
    make("p", { class: "legend" }, Object.entries(CELLS).map(([kind, { sign: mark, word }]) =>
      make("span", {}, sign(mark, kind), word))),
    make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Endpoints by role" }, table),
  ];
}

function matrixRow(app, endpoint, roles) {
  const outcome = outcomeOf(endpoint, app.facts);
  return make("tr", {},
    make("th", { scope: "row" },
      make("a", { href: writeState({ ...app.state, view: "endpoints", endpoint: endpoint.key }) },
        methodBadge(endpoint.method), showPath(endpoint.shownPath))),
    outcome && make("td", {}, showOutcome(outcome)),
    endpoint.requirement === null
      ? make("td", { class: "open", colspan: String(roles.length) }, make("span", { class: "chip public" }, "everybody"))
      : roles.map((role) => matrixCell(roleOpens(endpoint, role.name))),
    make("td", { class: "asked" }, askedFor(endpoint)));
}

function matrixCell(opens) {
  const { sign: mark, word } = CELLS[opens];
  return make("td", { class: `cell ${opens}` }, sign(mark, opens), spoken(word));
}
