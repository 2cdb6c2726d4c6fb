// What an endpoint answers to a caller, in the words of the page.

/** How each outcome is shown: a sign beside the word, since colour alone tells too few people. */
const OUTCOMES = {
  allowed: { sign: "✓", word: "allowed" },
  check: { sign: "◐", word: "needs a check" },
  stepup: { sign: "↑", word: "step-up" },
  refused: { sign: "✕", word: "refused" },
};

/** The outcome for one endpoint; null if no caller is described. */
function outcomeOf(endpoint, facts) {
  if (facts === null) return null;
  if (endpoint.requirement === null) return "allowed";
  // A credential of a method that is not accepted is not looked at.
  if (!endpoint.methods.includes(facts.method)) return "refused";
  const verdict = evaluate(endpoint.requirement, facts);
  if (verdict === MET) return "allowed";
  if (verdict === UNDECIDED) return "check";
  return stepUpOf(endpoint, facts) ? "stepup" : "refused";
}

/** The login that is missing; checks that are open are taken to say yes. */
function stepUpOf(endpoint, facts) {
  if (!endpoint.asksForLogin) return null;
  const checks = new Map(endpoint.checks.map((check) => [check.name, true]));
  facts.checks.forEach((answer, name) => checks.set(name, answer));
  return remedyOf(endpoint.requirement, { ...facts, checks })?.stepUp ?? null;
}

/** The nearest way in that the model computed: what is missing of it, as phrases. */
function missingOf(endpoint, facts) {
  let nearest = null;
  for (const set of endpoint.minimal_sets) {
    const missing = [];
    for (const [kind, list] of Object.entries(KINDS)) {
      for (const name of set.grants[list] ?? []) {
        if (!facts.held[kind].has(name)) missing.push(`${kind} ${name}`);
      }
    }
    if (nearest === null || missing.length < nearest.length) nearest = missing;
  }
  return nearest ?? [];
}

/** One sentence on what the API will answer, for the opened endpoint. */
function answerOf(endpoint, facts) {
  const outcome = outcomeOf(endpoint, facts);
  if (outcome === "allowed") return "The request reaches the handler.";
  if (outcome === "check") {
    const open = endpoint.checks.filter((check) => !facts.checks.has(check.name));
    return `Allowed as far as the checks agree: ${open.map((check) => check.sentence || check.name).join("; ")}.`;
  }
  if (outcome === "stepup") {
    const { acrValues, maxAge, mfa, factors } = stepUpOf(endpoint, facts);
    const asks = [
      acrValues.length > 0 ? `acr_values="${acrValues.join(" ")}"` : "",
      maxAge !== null ? `max_age="${maxAge}"` : "",
      mfa ? "proof of two factors" : "",
      ...factors.map((factor) => `proof of ${proofText(factor)}`),
    ];
    return `401 insufficient_user_authentication ${asks.filter(Boolean).join(", ")}`.trim();
  }
  if (!endpoint.methods.includes(facts.method)) {
    return `401: accepted are credentials of the method ${endpoint.methods.join(", ") || "–"}.`;
  }
  const scopes = remedyOf(endpoint.requirement, facts)?.scopes;
  if (scopes) return `403 insufficient_scope, scope="${scopes.join(" ")}"`;
  if (evaluate(endpoint.requirement, { ...facts, unknown: noNames() }) === MET) {
    return "403: the token leaves open whether the caller holds what is ruled out here.";
  }
  const missing = missingOf(endpoint, facts);
  return missing.length > 0 ? `403: missing ${missing.join(", ")}` : "403: no grant would help.";
}
