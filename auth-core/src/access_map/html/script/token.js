// A token read in the page, to see what its names would open. Nothing is sent from here, and the
// signature is not verified: this is what the token says of itself.

/** Where names are looked for, beside the roles of one chosen client in `resource_access`. */
const CLAIMS = [
  ["scope", "scopes"],
  ["scp", "scopes"],
  ["roles", "roles"],
  ["realm_access.roles", "roles"],
  ["permissions", "permissions"],
  ["groups", "groups"],
];

/** The claims of a token; throws an `Error` whose message says what is wrong with it. */
function decodeToken(text) {
  const token = text.trim().replace(/^bearer\s+/i, "");
  const parts = token.split(".");
  if (parts.length === 5) throw new Error("This token is encrypted (JWE): only the API can read it.");
  if (parts.length !== 3) throw new Error("This is not a JWT: it has no three parts separated by dots.");
  let claims = null;
  try {
    const base64 = parts[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    claims = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Error("The middle part of this token is not base64url of JSON.");
  }
  if (claims === null || typeof claims !== "object" || Array.isArray(claims)) {
    throw new Error("The claims of this token are not a JSON object.");
  }
  return claims;
}

/**
 * A member of the claims; only own members count, so `__proto__` finds nothing. Undefined if there
 * is none, `null` if the way there ends at a value without members.
 */
function claimAt(claims, path) {
  let value = claims;
  for (const key of path) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
    if (!Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** The names in one claim. Only a string of scopes is a list, split at single spaces. */
function namesIn(value, list) {
  if (typeof value === "string") {
    return (list === "scopes" ? value.split(" ") : [value]).filter((name) => name !== "");
  }
  if (!Array.isArray(value)) return [];
  return value.filter((name) => typeof name === "string" && name !== "");
}

/** Whether an enum could have this name at all. */
function isName(name, list) {
  if (list === "scopes") return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name);
  return name !== "" && name.trim() === name && !/\p{Cc}/u.test(name);
}

/**
 * Whether a claim leaves open which names it grants: a value of another type, an element that is no
 * name, a text that may be a list. `known` says which names the vocabulary has.
 */
function leavesOpen(value, list, known) {
  if (typeof value === "string") {
    const separator = list === "scopes" ? /[,;\s]/ : /[,;|[{"\s]/;
    const texts = list === "scopes" ? value.split(" ").filter((text) => text !== "") : [value];
    return texts.some((text) => !known(text) && (!isName(text, list) || separator.test(text)));
  }
  return !Array.isArray(value) || value.some((name) => typeof name !== "string" || (!known(name) && !isName(name, list)));
}

/** Whether the issuer says that it left out the names of this list. */
function isLeftOut(claims, [claim], list) {
  const elsewhere = claimAt(claims, ["_claim_names"]);
  const names = elsewhere !== null && typeof elsewhere === "object" && !Array.isArray(elsewhere);
  if (elsewhere !== undefined && (!names || Object.hasOwn(elsewhere, claim))) return true;
  return list === "groups" && Object.hasOwn(claims, "hasgroups") && claims.hasgroups !== false;
}

/** The clients that the token has roles of, as Keycloak writes them. */
function clientsOf(claims) {
  const access = claimAt(claims, ["resource_access"]);
  return access && typeof access === "object" && !Array.isArray(access) ? Object.keys(access) : [];
}

/**
 * What the claims bring: names by list, where each came from, the lists that they leave open, and
 * the login. `vocabulary` as `readVocabulary` makes it.
 */
function readClaims(claims, client, vocabulary) {
  const names = { roles: new Set(), permissions: new Set(), scopes: new Set(), groups: new Set() };
  const found = [];
  const unknown = new Set();
  const places = CLAIMS.map(([claim, list]) => [claim, claim.split("."), list]);
  if (client !== "") {
    places.push([`resource_access.${client}.roles`, ["resource_access", client, "roles"], "roles"]);
  }
  for (const [label, path, list] of places) {
    const value = claimAt(claims, path);
    const [kind] = Object.entries(KINDS).find(([, own]) => own === list);
    const known = (name) => vocabulary[kind].has(name);
    if (value !== undefined && leavesOpen(value, list, known)) unknown.add(list);
    if (isLeftOut(claims, path, list)) unknown.add(list);
    const inClaim = namesIn(value, list);
    inClaim.forEach((name) => names[list].add(name));
    if (inClaim.length > 0) found.push({ label, names: inClaim });
  }
  const text = (claim) => (typeof claims[claim] === "string" ? claims[claim] : null);
  const time = (claim) => (Number.isFinite(claims[claim]) ? claims[claim] : null);
  return {
    names,
    found,
    unknown,
    subject: text("sub"),
    issuer: text("iss"),
    acr: text("acr"),
    authTime: time("auth_time"),
    expires: time("exp"),
  };
}
