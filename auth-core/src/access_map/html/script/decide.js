// The decision: what `policy::evaluate` does in Rust, line for line.
//
// `tests/vectors/decisions.json` holds the cases that both must answer alike. Facts are
// `{ vocabulary, held, unknown, method, acr, authTime, now, checks, .. }`: names by kind as `close` makes them,
// those that the token leaves open as `closeUnknown` does, the login as the token states it (null
// where it does not), the answers of checks by name, and `{ proved, userVerified, several }`: when each
// factor was proved (null if that is not known), whether the passkey verified its user, and whether
// someone else said that there were several factors.

const MET = "met";
const UNMET = "unmet";
const UNDECIDED = "undecided";

/** How many levels are read; no caller meets a deeper tree. */
const MAX_DEPTH = 32;
/** How far ahead the issuer's clock may be before `auth_time` is not used, in seconds. */
const AHEAD = 60;

/** A requirement as `[kind, value]`: `["all", […]]`, `["role", "clerk"]`, `["authenticated"]`. */
function partOf(requirement) {
  if (requirement === "authenticated" || requirement === "mfa") return [requirement, null];
  const members = requirement && typeof requirement === "object" ? Object.entries(requirement) : [];
  return members.length === 1 ? members[0] : ["unreadable", null];
}

/** Whether the facts meet the requirement. No caller meets one that cannot be read in full. */
function evaluate(requirement, facts) {
  return read(requirement, facts, true, 0) ?? UNMET;
}

/** What is of two categories with a password. */
const HAVE = ["totp", "passkey", "recovery", "code"];

/** The methods without a login: a key or a password comes with each request. */
const KEYS = ["api-key", "basic"];

/** When a factor was proved: undefined if it was not, or lies in the future; null if that is not known. */
function provedAt(factor, facts) {
  const at = facts.proved.get(factor);
  return at === undefined || at === null || at <= facts.now + AHEAD ? at : undefined;
}

/** Whether factors of two categories were proved. */
function isMultiFactor(facts) {
  const has = (factor) => provedAt(factor, facts) !== undefined;
  return facts.several || (facts.userVerified && has("passkey")) || (has("password") && HAVE.some(has));
}

/** Whether one of the factors was proved, recently enough. */
function isProved({ any_of: factors, within }, facts) {
  return factors.some((factor) => {
    const at = provedAt(factor, facts);
    if (at === undefined) return false;
    return within === undefined || (at !== null && Math.max(0, facts.now - at) <= within);
  });
}

/** The age of the login in seconds; null if it is not known, or lies in the future. */
function ageOf(facts) {
  if (facts.authTime === null || facts.authTime > facts.now + AHEAD) return null;
  return Math.max(0, facts.now - facts.authTime);
}

/**
 * Whether the facts meet the requirement, or its opposite where it is under `not` (`wanted` is
 * false); null if it cannot be read in full.
 *
 * `not` is carried down to the single facts: only there does "known to be otherwise" differ from
 * "not known", and what a token does not say is held against the caller on both sides of `not`.
 */
function read(requirement, facts, wanted, depth) {
  if (depth > MAX_DEPTH) return null;
  const [kind, value] = partOf(requirement);
  let fact = null;
  switch (kind) {
    case "authenticated":
      fact = true;
      break;
    case "role":
    case "permission":
    case "scope":
    case "group":
      if (!facts.vocabulary[kind].has(value)) return null;
      // A name that is certainly held is held, though others of its kind are unknown.
      fact = facts.held[kind].has(value) ? true : facts.unknown[kind].has(value) ? null : false;
      break;
    case "method":
      if (!Array.isArray(value) || value.length === 0) return null;
      fact = value.includes(facts.method);
      break;
    case "acr":
      fact = facts.acr === null || KEYS.includes(facts.method) ? null : reaches(facts.vocabulary, facts.acr, value);
      break;
    // What was not proved is not known, so the opposite is never met.
    case "mfa":
      fact = isMultiFactor(facts) && !KEYS.includes(facts.method) ? true : null;
      break;
    case "factor":
      if (!Array.isArray(value?.any_of) || value.any_of.length === 0) return null;
      fact = isProved(value, facts) && !KEYS.includes(facts.method) ? true : null;
      break;
    case "max_age": {
      const age = KEYS.includes(facts.method) ? null : ageOf(facts);
      fact = age === null ? null : age <= value;
      break;
    }
    case "check":
      if (!facts.checks.has(value)) return UNDECIDED;
      fact = facts.checks.get(value);
      break;
    // Under `not`, by De Morgan, one part decides an `all` and every part an `any`.
    case "all":
      return readList(value, wanted, facts, wanted, depth);
    case "any":
      return readList(value, !wanted, facts, wanted, depth);
    case "not":
      return read(value, facts, !wanted, depth + 1);
    default:
      return null;
  }
  return fact === wanted ? MET : UNMET;
}

/** Every part is needed, or one is enough. All are read: a fault in any of them refuses. */
function readList(parts, every, facts, wanted, depth) {
  const [settling, other] = every ? [UNMET, MET] : [MET, UNMET];
  if (!Array.isArray(parts) || parts.length === 0) return null;
  let verdict = other;
  for (const part of parts) {
    const one = read(part, facts, wanted, depth + 1);
    if (one === null) return null;
    if (one === settling || (one === UNDECIDED && verdict === other)) verdict = one;
  }
  return verdict;
}
