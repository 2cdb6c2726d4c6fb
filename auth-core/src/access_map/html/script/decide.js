// The decision: what `policy::evaluate` does in Rust, line for line.
//
// `tests/vectors/decisions.json` holds the cases that both must answer alike. Facts are
// `{ vocabulary, held, unknown, method, acr, authTime, now, checks }`: names by kind as `close` makes them,
// those that the token leaves open as `closeUnknown` does, the login as the token states it (null
// where it does not), and the answers of checks by name.

const MET = "met";
const UNMET = "unmet";
const UNDECIDED = "undecided";

/** How many levels are read; a deeper tree is met by nobody. */
const MAX_DEPTH = 32;
/** How far ahead the issuer's clock may be before `auth_time` is not believed, in seconds. */
const AHEAD = 60;

/** A requirement as `[kind, value]`: `["all", […]]`, `["role", "clerk"]`, `["authenticated"]`. */
function partOf(requirement) {
  if (requirement === "authenticated") return ["authenticated", null];
  const members = requirement && typeof requirement === "object" ? Object.entries(requirement) : [];
  return members.length === 1 ? members[0] : ["unreadable", null];
}

/** Whether the facts meet the requirement. One that cannot be read in full is met by nobody. */
function evaluate(requirement, facts) {
  return read(requirement, facts, true, 0) ?? UNMET;
}

/** The age of the login in seconds; null if it is not known, or lies in the future. */
function ageOf(facts) {
  if (facts.authTime === null || facts.authTime > facts.now + AHEAD) return null;
  return Math.max(0, facts.now - facts.authTime);
}

/**
 * Whether the facts meet the requirement, or its opposite where it stands under `not` (`wanted` is
 * false); null if it cannot be read in full.
 *
 * `not` is carried down to the single facts: only there can "known to be otherwise" be told from
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
      fact = facts.acr === null ? null : facts.acr === value;
      break;
    case "max_age": {
      const age = ageOf(facts);
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
