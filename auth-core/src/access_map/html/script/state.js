// What the page shows, and the same in the URL's fragment, so that a link shows it to others. The
// fragment never leaves the browser. A pasted token does not become part of it; the names of the
// vocabulary that it holds do.

const VIEWS = ["endpoints", "roles", "permissions", "matrix", "public"];

/** The fields of the state: how each is called in the fragment, and whether it holds several. */
const FIELDS = {
  view: { key: "view", initial: "endpoints" },
  query: { key: "q", initial: "" },
  methods: { key: "method", many: true },
  access: { key: "access", initial: "" },
  outcome: { key: "outcome", initial: "" },
  endpoint: { key: "endpoint", initial: "" },
  caller: { key: "caller", initial: "" },
  roles: { key: "role", many: true },
  permissions: { key: "permission", many: true },
  scopes: { key: "scope", many: true },
  groups: { key: "group", many: true },
  unknown: { key: "unknown", many: true },
  checks: { key: "check", many: true },
  credential: { key: "credential", initial: "" },
  acr: { key: "acr", initial: "" },
  factors: { key: "factor", many: true },
  age: { key: "age", initial: "" },
};

/** The fields that describe the caller in "What can I call?". */
const CALLER_FIELDS = ["roles", "permissions", "scopes", "groups", "unknown", "checks", "credential", "acr", "factors", "age"];

function parseState(fragment) {
  const params = new URLSearchParams(fragment.replace(/^#/, ""));
  const state = {};
  for (const [field, { key, many, initial }] of Object.entries(FIELDS)) {
    state[field] = many ? new Set(params.getAll(key)) : (params.get(key) ?? initial);
  }
  if (!VIEWS.includes(state.view)) state.view = "endpoints";
  if (!/^\d{1,12}$/.test(state.age)) state.age = "";
  return state;
}

function writeState(state) {
  const params = new URLSearchParams();
  for (const [field, { key, many, initial }] of Object.entries(FIELDS)) {
    if (many) [...state[field]].forEach((one) => params.append(key, one));
    else if (state[field] !== initial) params.set(key, state[field]);
  }
  return `#${params}`;
}

/** Whether a caller is described in "What can I call?". */
function hasCaller(state) {
  return (
    state.caller !== "" ||
    CALLER_FIELDS.some((field) => (FIELDS[field].many ? state[field].size > 0 : state[field] !== ""))
  );
}

/** The facts of the described caller; null if none is. */
function factsOf(state, vocabulary, now, defaultMethods = []) {
  if (!hasCaller(state)) return null;
  const list = (field) => [...state[field]];
  const given = {};
  for (const kinds of Object.values(KINDS)) given[kinds] = list(kinds);
  const authTime = state.age === "" ? null : now - Number(state.age);
  return {
    vocabulary,
    held: close(vocabulary, given),
    unknown: closeUnknown(vocabulary, state.unknown),
    method: state.credential || (defaultMethods[0] ?? "bearer"),
    acr: state.acr === "" ? null : state.acr,
    authTime,
    // The page tells no proof apart from the login.
    proved: new Map(list("factors").filter((name) => name !== "mfa").map((name) => [name, authTime])),
    userVerified: false,
    several: state.factors.has("mfa"),
    now,
    checks: new Map(list("checks").map((name) => [name, true])),
  };
}
