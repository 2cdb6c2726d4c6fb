// The header, the views to choose from, the search and the filters, and the keys.

const VIEW_NAMES = {
  endpoints: "Endpoints",
  roles: "Roles",
  permissions: "Permissions",
  matrix: "Matrix",
  public: "Public",
};

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

function buildHeader(app) {
  const { vocabulary, findings, hash } = app.model;
  const open = app.endpoints.filter(({ requirement }) => requirement === null).length;
  const crate = commonCrate(app.endpoints);
  if (crate) {
    byId("crate").textContent = crate;
    document.title = `${crate} · access map`;
  }
  const counts = [plural(app.endpoints.length, "endpoint"), `${open.toLocaleString("en")} public`];
  for (const [list] of LISTS) {
    const { length } = vocabulary[list];
    if (length > 0) counts.push(plural(length, list.slice(0, -1)));
  }
  byId("summary").replaceChildren(...counts.map((text) => make("li", {}, text)));
  byId("hash").textContent = hash;
  buildCredentials(app.model.credentials);
  const alarms = findings.unreachable_endpoints.length;
  const tabs = VIEWS.map((view) =>
    make("button", {
      type: "button", role: "tab", id: `tab-${view}`, "data-view": view, "aria-controls": "panel",
      onclick: () => app.update({ view, endpoint: "" }, { push: true }),
    }, VIEW_NAMES[view], view === "public" && alarms > 0 && sign("!", "alarm")));
  byId("views").append(...tabs);
  buildFormats();
  buildTheme();
}

/** How long credentials are valid, and whose pages may send them; nothing if the map does not know. */
function buildCredentials({ validity = [], trusted_origins: origins = [] } = {}) {
  const parts = validity.map(({ method, mode, idle, absolute }) => {
    const times = Object.entries({ idle, absolute }).filter(([, seconds]) => seconds !== undefined);
    const said = [mode, ...times.map(([word, seconds]) => `${word} ${duration(seconds)}`)];
    return `${method}: ${said.filter((part) => part !== undefined).join(", ")}`;
  });
  if (origins.length > 0) parts.push(`trusted pages: ${origins.join(", ")}`);
  const line = byId("credentials");
  line.hidden = parts.length === 0;
  line.textContent = `Credentials: ${parts.join(" · ")}.`;
}

/** Where the page is served, the same map is below its path in other formats. */
function buildFormats() {
  if (!("served" in document.body.dataset)) return;
  const base = location.pathname.replace(/\/+$/, "");
  const links = [["JSON", "json"], ["Markdown", "md"], ["CSV", "csv"]];
  byId("formats").append(...links.flatMap(([label, extension]) =>
    ["· ", make("a", { href: `${base}/access-map.${extension}` }, label), " "]));
}

/** The crate that all handlers come from, as a name for the page. */
function commonCrate(endpoints) {
  const crates = new Set(endpoints.filter(({ handler }) => handler).map(({ handler }) => handler.module.split("::")[0]));
  return crates.size === 1 ? [...crates][0].replaceAll("_", "-") : "";
}

function refreshHeader(app) {
  for (const tab of byId("views").children) {
    const chosen = tab.dataset.view === app.state.view;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  byId("panel").setAttribute("aria-labelledby", `tab-${app.state.view}`);
}

function buildTheme() {
  const root = document.documentElement;
  const button = byId("theme");
  const dark = () => root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const show = () => button.setAttribute("aria-pressed", String(dark() === "dark"));
  // A page opened from a file, or in a sandbox, may have no storage; then nothing is remembered.
  try {
    const kept = localStorage.getItem("access-map-theme");
    if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  } catch { /* the system decides */ }
  button.addEventListener("click", () => {
    root.dataset.theme = dark() === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("access-map-theme", root.dataset.theme);
    } catch { /* for this visit only */ }
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
}

function buildFilters(app) {
  let waiting = 0;
  byId("search").addEventListener("input", ({ target }) => {
    const search = () => app.update({ query: target.value.trim(), endpoint: "" });
    clearTimeout(waiting);
    // With very many endpoints, a fast typist would wait for each letter.
    if (app.endpoints.length > 2000) waiting = setTimeout(search, 120);
    else search();
  });
  const order = (method) => (METHODS.includes(method) ? METHODS.indexOf(method) : METHODS.length);
  const methods = [...new Set(app.endpoints.map(({ method }) => method))].sort((one, two) => order(one) - order(two));
  byId("methods").append(...methods.map((method) =>
    make("button", {
      type: "button", class: `method ${method.toLowerCase()}`, "data-method": method,
      onclick: () => {
        const chosen = new Set(app.state.methods);
        if (!chosen.delete(method)) chosen.add(method);
        app.update({ methods: chosen });
      },
    }, method)));
  const select = byId("access");
  select.append(...Object.entries(ACCESS).map(([value, { label }]) => make("option", { value }, label)));
  select.addEventListener("change", () => app.update({ access: select.value }));
  byId("reset").addEventListener("click", () => {
    app.update({ query: "", methods: new Set(), access: "", outcome: "" });
    byId("search").focus();
  });
}

function refreshFilters(app) {
  const { state } = app;
  const search = byId("search");
  if (search.value.trim() !== state.query) search.value = state.query;
  for (const button of byId("methods").children) {
    button.setAttribute("aria-pressed", String(state.methods.has(button.dataset.method)));
  }
  byId("access").value = state.access;
  byId("filters").hidden = ["roles", "permissions"].includes(state.view);
  byId("reset").hidden = state.query === "" && state.methods.size === 0 && state.access === "" && state.outcome === "";
}

/** `/` goes to the search, Escape empties it, arrows go from view to view. */
function buildKeys(app) {
  addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLElement && event.target.matches("input:not([type=checkbox]), textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      byId("search").focus();
      byId("search").select();
    }
  });
  byId("search").addEventListener("keydown", (event) => {
    if (event.key === "Escape") app.update({ query: "" });
    if (event.key === "ArrowDown") {
      const first = byId("panel").querySelector("summary, a");
      if (first) {
        event.preventDefault();
        first.focus();
      }
    }
  });
  byId("views").addEventListener("keydown", (event) => {
    const tabs = [...byId("views").children];
    const place = tabs.indexOf(document.activeElement);
    const next = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined || place < 0) return;
    event.preventDefault();
    const tab = tabs[(next + tabs.length) % tabs.length];
    tab.click();
    tab.focus();
  });
}
