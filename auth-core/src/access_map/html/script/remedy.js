// What would let a refused caller in, as far as a client can do something about it: what
// `policy::Remediation` does in Rust, and so what the API's challenge will say.
//
// A way is `{ scopes, classes, ages, mfa, factors, ruledOut }`: the scopes and the login to ask for, and what is under a
// `not` on it, which holds today and must go on to.

/** How many ways are followed at once; with more, the cheapest so far are kept. */
const WAYS = 256;

const NO_STEPS = { scopes: [], classes: [], ages: [], mfa: false, factors: [], ruledOut: [] };

/** `{ scopes: […] }`, `{ stepUp: { acrValues, maxAge, mfa, factors } }`, or null if nothing helps. */
function remedyOf(requirement, facts) {
  if (evaluate(requirement, facts) === MET) return null;
  const ways = waysOf(requirement, facts, true, 0);
  const usable = ways
    .filter((way) => !ways.some((other) => isPartOf(other, way) && !isPartOf(way, other)))
    .filter((way) => leadsIn(way, requirement, facts))
    .sort((one, two) => missingScopes(one, facts) - missingScopes(two, facts));
  if (usable.length === 0) return null;
  const best = usable[0];
  if (missingScopes(best, facts) > 0) return { scopes: best.scopes };
  // Logins that differ in their class only are one challenge with several `acr_values`.
  const alike = usable.filter(
    (way) => missingScopes(way, facts) === 0 && maxAge(way) === maxAge(best)
      && JSON.stringify(missingProofs(way, facts)) === JSON.stringify(missingProofs(best, facts)),
  );
  const acrValues = best.classes.length === 0 ? [] : [...new Set(alike.flatMap((way) => acrValuesOf(way, facts)))];
  return { stepUp: { acrValues, maxAge: maxAge(best), ...missingProofs(best, facts) } };
}

/** The classes of which a new login may be: those that are asked for, then levels. */
function acrValuesOf(way, facts) {
  if (way.classes.length === 0) return [];
  return [...way.classes, ...facts.vocabulary.level.keys()].filter((own) => fits(way, own, facts));
}

/** Whether a login of the class is enough for all that the way asks for, and for nothing that it rules out. */
function fits(way, own, facts) {
  const ruledOut = way.ruledOut.map(partOf).filter(([kind]) => kind === "acr");
  return own !== null && way.classes.every((asked) => reaches(facts.vocabulary, own, asked) === true)
    && ruledOut.every(([, asked]) => reaches(facts.vocabulary, own, asked) === false);
}

/** What has to be proved, or proved again. */
function missingProofs(way, facts) {
  return {
    mfa: way.mfa && evaluate("mfa", facts) !== MET,
    factors: way.factors.filter((factor) => evaluate({ factor }, facts) !== MET),
  };
}

/** Every way to meet the requirement, or its opposite where it is under `not`. */
function waysOf(requirement, facts, wanted, depth) {
  if (depth > MAX_DEPTH) return [];
  const [kind, value] = partOf(requirement);
  if (kind === "not") return waysOf(value, facts, !wanted, depth + 1);
  if (kind === "all" || kind === "any") {
    if (!Array.isArray(value)) return [];
    const parts = value.map((part) => () => waysOf(part, facts, wanted, depth + 1));
    return (kind === "all") === wanted
      ? throughEach(parts, facts)
      : cheapest(parts.flatMap((part) => part()), facts);
  }
  if (wanted && kind === "scope") return [{ ...NO_STEPS, scopes: [value] }];
  // No login makes a key more than a key.
  if (wanted && !KEYS.includes(facts.method)) {
    if (kind === "acr") return [{ ...NO_STEPS, classes: [value] }];
    if (kind === "max_age") return [{ ...NO_STEPS, ages: [value] }];
    if (kind === "mfa") return [{ ...NO_STEPS, mfa: true }];
    if (kind === "factor" && value?.any_of?.length > 0) return [{ ...NO_STEPS, factors: [value] }];
  }
  // Nothing the client can change: it is met today, or it never will be.
  if (read(requirement, facts, wanted, depth) !== MET) return [];
  return [wanted ? NO_STEPS : { ...NO_STEPS, ruledOut: [requirement] }];
}

/** Each way through one part, continued by each way through the next. */
function throughEach(parts, facts) {
  let sofar = [NO_STEPS];
  for (const part of parts) {
    if (sofar.length === 0) return [];
    const next = part();
    sofar = cheapest(sofar.flatMap((way) => next.map((more) => joinWays(way, more))), facts);
  }
  return sofar;
}

/** Both together. */
function joinWays(one, two) {
  return {
    scopes: [...new Set([...one.scopes, ...two.scopes])],
    classes: [...new Set([...one.classes, ...two.classes])],
    ages: [...new Set([...one.ages, ...two.ages])],
    mfa: one.mfa || two.mfa,
    factors: [...one.factors, ...two.factors.filter((it) => !hasFactor(one, it))],
    ruledOut: [...one.ruledOut, ...two.ruledOut],
  };
}

function hasFactor(way, factor) {
  return way.factors.some((own) => JSON.stringify(own) === JSON.stringify(factor));
}

/** How old the login may be at most; null if that does not matter. */
function maxAge(way) {
  return way.ages.length > 0 ? Math.min(...way.ages) : null;
}

/** Whether the other way asks for all that this one asks for, or for more. */
function isPartOf(one, other) {
  const within = (list, more) => list.every((it) => more.includes(it));
  const ruledOut = (way) => way.ruledOut.map((part) => JSON.stringify(part));
  return (
    within(one.scopes, other.scopes) &&
    within(one.ages, other.ages) &&
    within(one.classes, other.classes) &&
    (!one.mfa || other.mfa) &&
    one.factors.every((factor) => hasFactor(other, factor)) &&
    within(ruledOut(one), ruledOut(other))
  );
}

function cheapest(ways, facts) {
  if (ways.length <= WAYS) return ways;
  return ways
    .sort((one, two) => missingScopes(one, facts) - missingScopes(two, facts))
    .slice(0, WAYS);
}

/** How many scopes the caller has to ask for. */
function missingScopes(way, facts) {
  return way.scopes.filter((scope) => !facts.held.scope.has(scope)).length;
}

/** Tries it out: whether a caller who did all this would be let in. */
function leadsIn(way, requirement, facts) {
  const given = { scopes: [...facts.held.scope, ...way.scopes] };
  const scope = close(facts.vocabulary, given).scope;
  const then = { ...facts, held: { ...facts.held, scope } };
  const login = [];
  login.push(...way.classes.map((acr) => ({ acr })));
  if (way.ages.length > 0) login.push({ max_age: maxAge(way) });
  if (way.mfa) login.push("mfa");
  login.push(...way.factors.map((factor) => ({ factor })));
  if (login.some((part) => evaluate(part, facts) !== MET)) {
    if (way.classes.length > 0) {
      const [first] = acrValuesOf(way, facts);
      if (first === undefined) return false;
      then.acr = fits(way, facts.acr, facts) ? facts.acr : first;
    }
    then.authTime = facts.now;
    then.several = facts.several || way.mfa;
    then.proved = new Map([...facts.proved, ...way.factors.map(({ any_of: [first] }) => [first, facts.now])]);
  }
  return (
    evaluate(requirement, then) === MET &&
    way.ruledOut.every((part) => read(part, then, false, 0) === MET)
  );
}
