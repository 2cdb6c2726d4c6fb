// The model that the page was made with, prepared once: what each endpoint is found by, what it
// asks for, and what a role opens on its own.

/** The path of an endpoint as listings write it: what it means when it is more than one path. */
function pathText(path, kind) {
  const below = path.replace(/\/+$/, "");
  switch (kind) {
    case "nested":
      return `${below}/…`;
    case "merged":
      return `${below}/… (axum router)`;
    case "other_methods":
      return `${path} (other methods)`;
    case "fallback":
      return `${below}/… (fallback)`;
    default:
      return path;
  }
}

function readModel(text) {
  const model = JSON.parse(text ?? byId("model").textContent);
  const vocabulary = readVocabulary(model.vocabulary);
  const endpoints = model.endpoints.map((endpoint, place) => prepare(endpoint, place));
  const unreachable = new Set(model.findings.unreachable_endpoints);
  return { model, vocabulary, endpoints, unreachable };
}

/** Every single fact of a requirement, and whether it is outside of `not`. */
function leavesOf(requirement, wanted = true, depth = 0) {
  const [kind, value] = partOf(requirement);
  if (depth > MAX_DEPTH) return [];
  if (kind === "not") return leavesOf(value, !wanted, depth + 1);
  if (kind !== "all" && kind !== "any") return [{ kind, value, wanted }];
  return (value ?? []).flatMap((part) => leavesOf(part, wanted, depth + 1));
}

function prepare(raw, place) {
  const requirement = raw.requirement ?? null;
  const endpoint = {
    ...raw,
    place,
    pending: raw.pending ?? null,
    declared: raw.pending === undefined ? `#[requires(${raw.text ?? ""})]` : `#[pending(${raw.pending})]`,
    requirement,
    method: raw.method ?? "ANY",
    kind: raw.kind ?? "route",
    handler: raw.handler ?? null,
    checks: raw.checks ?? [],
    methods: raw.methods ?? [],
    leaves: requirement === null ? [] : leavesOf(requirement),
  };
  endpoint.shownPath = pathText(endpoint.path, endpoint.kind);
  endpoint.key = `${endpoint.method} ${endpoint.shownPath}`;
  endpoint.sufficientRoles = new Set(raw.sufficient_roles);
  endpoint.conditionalRoles = new Set(raw.conditional_roles);
  endpoint.sentences = new Map(endpoint.checks.map((check) => [check.name, check.sentence]));
  endpoint.asksForLogin = endpoint.leaves.some(({ kind }) => ["acr", "max_age", "mfa", "factor"].includes(kind));
  endpoint.text = [
    endpoint.key,
    raw.text,
    raw.public_reason,
    raw.cross_site && `exempt from the cross-site check ${raw.cross_site.exempt}`,
    raw.pending && `pending sign-in ${raw.pending}`,
    ...(raw.methods ?? []),
    endpoint.handler && `${endpoint.handler.module}::${endpoint.handler.name} ${endpoint.handler.doc}`,
    ...endpoint.checks.map((check) => check.sentence),
  ].filter(Boolean).join("\n").toLowerCase();
  return endpoint;
}

/** Every value of one kind that some endpoint names, sorted. */
function valuesOf(endpoints, kind) {
  const values = endpoints.flatMap(({ leaves }) => leaves.filter((leaf) => leaf.kind === kind));
  return [...new Set(values.map(({ value }) => value))].sort();
}

/** Every factor that some endpoint names, and `mfa` where one asks for that. */
function factorsOf(endpoints) {
  const leaves = endpoints.flatMap((endpoint) => endpoint.leaves);
  const named = leaves.flatMap(({ kind, value }) => (kind === "factor" ? value.any_of : []));
  const mfa = leaves.some(({ kind }) => kind === "mfa") ? ["mfa"] : [];
  return [...mfa, ...new Set(named)];
}

/** The methods that the page tells apart: none, if every endpoint accepts the default list. */
function methodsOf(model, endpoints) {
  const usual = model.default_methods;
  const same = ({ methods }) => methods.length === usual.length && methods.every((one) => usual.includes(one));
  if (endpoints.every((endpoint) => endpoint.requirement === null || same(endpoint))) return [];
  return [...new Set([...usual, ...endpoints.flatMap(({ methods }) => methods)])];
}

/** The endpoints that name this, outside of `not` or under it. */
function endpointsNaming(endpoints, kind, name) {
  return endpoints.filter(({ leaves }) =>
    leaves.some((leaf) => leaf.kind === kind && leaf.value === name),
  );
}

/**
 * What a role opens on its own, given the scopes and the login that the endpoint asks for: `met`,
 * `undecided` (if the checks answer as they should) or `unmet`.
 */
function roleOpens(endpoint, role) {
  if (endpoint.requirement === null || endpoint.sufficientRoles.has(role)) return MET;
  return endpoint.conditionalRoles.has(role) ? UNDECIDED : UNMET;
}

/** The endpoints that the filters and the search leave. */
function visibleEndpoints(app) {
  const { state } = app;
  const access = Object.hasOwn(ACCESS, state.access) ? ACCESS[state.access] : ACCESS[""];
  const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
  return app.endpoints.filter(
    (endpoint) =>
      (state.methods.size === 0 || state.methods.has(endpoint.method)) &&
      access.test(endpoint, app) &&
      (state.outcome === "" || app.facts === null || outcomeOf(endpoint, app.facts) === state.outcome) &&
      words.every((word) => endpoint.text.includes(word)),
  );
}

/** The choices of the access filter. */
const ACCESS = {
  "": { label: "Any access", test: () => true },
  guarded: { label: "Guarded", test: ({ requirement }) => requirement !== null },
  public: { label: "Public", test: ({ requirement }) => requirement === null },
  pending: { label: "Pending sign-ins", test: ({ pending }) => pending !== null },
  check: { label: "With a check", test: ({ checks }) => checks.length > 0 },
  login: { label: "With a step-up", test: ({ asksForLogin }) => asksForLogin },
  nobody: { label: "Closed to everybody", test: ({ key }, app) => app.unreachable.has(key) },
};
