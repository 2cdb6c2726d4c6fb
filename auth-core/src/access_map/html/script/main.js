// The page: what is shown follows from the state, the state from the fragment and the controls.

/** Shows the map that the page was made with, or this one. */
function start(text) {
  const app = { ...readModel(text), state: parseState(location.hash), facts: null, claims: null };
  app.update = (changes, { push = false } = {}) => {
    app.state = { ...app.state, ...changes };
    const address = writeState(app.state);
    if (push) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    refresh(app);
  };
  // A row that opens becomes part of the link; the list stays as it is.
  app.opened = (endpoint, open) => {
    if (open === (app.state.endpoint === endpoint.key)) return;
    if (!open && app.state.endpoint !== endpoint.key) return;
    app.state = { ...app.state, endpoint: open ? endpoint.key : "" };
    history.replaceState(null, "", writeState(app.state));
  };
  buildHeader(app);
  buildFilters(app);
  buildCaller(app);
  buildKeys(app);
  const follow = () => {
    app.state = parseState(location.hash);
    refresh(app);
    revealEndpoint(app);
  };
  addEventListener("popstate", follow);
  addEventListener("hashchange", follow);
  refresh(app);
  revealEndpoint(app);
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
}

/** What each view shows. */
const RENDER = {
  endpoints: (app, visible) => ({ content: endpointsView(app, visible) }),
  roles: (app) => rolesView(app),
  permissions: (app) => permissionsView(app),
  matrix: (app, visible) => ({ content: matrixView(app, visible) }),
  public: (app, visible) => publicView(app, visible),
};

function refresh(app) {
  const { state } = app;
  app.facts = factsOf(state, app.vocabulary, Math.floor(Date.now() / 1000), app.model.default_methods);
  document.body.classList.toggle("described", app.facts !== null);
  const visible = visibleEndpoints(app);
  const shown = [state.view, ...(["roles", "permissions"].includes(state.view) ? [state.query] : visible.map(({ place }) => place))].join(" ");
  // The same rows in the same view need no new list: only what they answer may have changed.
  const listed = state.view === "endpoints" || state.view === "public";
  if (listed && app.shown === shown) visible.forEach((endpoint) => refreshRow(app, endpoint));
  else {
    const { content, count } = RENDER[state.view](app, visible);
    byId("panel").replaceChildren(...content);
    app.shown = shown;
    app.counted = count;
  }
  const total = app.endpoints.length;
  byId("count").textContent = app.counted ??
    (visible.length === total ? plural(total, "endpoint") : `${visible.length.toLocaleString("en")} of ${plural(total, "endpoint")}`);
  byId("nothing").hidden = visible.length > 0 || ["roles", "permissions", "public"].includes(state.view);
  refreshHeader(app);
  refreshFilters(app);
  refreshCaller(app);
}

/** Opens the endpoint of a link, brings it into sight, and puts the focus there. */
function revealEndpoint(app) {
  const endpoint = app.endpoints.find(({ key }) => key === app.state.endpoint);
  if (!endpoint || app.state.view !== "endpoints") return;
  const row = endpointRow(app, endpoint);
  if (!row.isConnected) byId("panel").querySelector(".endpoints")?.append(row);
  endpoint.details.open = true;
  row.scrollIntoView({ block: "center" });
  endpoint.details.querySelector("summary").focus({ preventScroll: true });
}
