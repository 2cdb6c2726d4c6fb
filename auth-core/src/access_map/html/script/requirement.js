// A requirement as people read it: names as chips, `and` and `or` between them, and, for a
// described caller, a mark on each single fact.

const MARKS = { met: "✓", unmet: "✕", undecided: "–" };
const MARK_WORDS = { met: "met: ", unmet: "not met: ", undecided: "open: " };

/** Seconds in the largest unit that leaves no rest, as `max_age` is written. */
function duration(seconds) {
  for (const [length, unit] of [[86400, "d"], [3600, "h"], [60, "m"]]) {
    if (seconds > 0 && seconds % length === 0) return `${seconds / length}${unit}`;
  }
  return `${seconds}s`;
}

/** `passkey or totp within 5m` */
function proofText({ any_of: factors, within }) {
  return factors.join(" or ") + (within === undefined ? "" : ` within ${duration(within)}`);
}

function chip(kind, label, name, facts, requirement) {
  const verdict = facts ? evaluate(requirement, facts) : null;
  return make(
    "span",
    { class: `chip ${kind} ${verdict ?? ""}`.trim() },
    verdict && sign(MARKS[verdict], verdict),
    verdict && spoken(MARK_WORDS[verdict]),
    label && make("span", { class: "label" }, label),
    " ",
    name,
  );
}

/** The elements of a requirement. `sentences` gives the sentence of a check by its name. */
function showRequirement(requirement, sentences, facts, nested = false) {
  const [kind, value] = partOf(requirement);
  const show = (part) => showRequirement(part, sentences, facts, true);
  const list = (word) => {
    if (!Array.isArray(value) || value.length === 0) return [chip("none", "", "no caller", facts, requirement)];
    const parts = value.flatMap((part, place) => (place > 0 ? [joint(word), show(part)].flat() : show(part)));
    return nested && value.length > 1 ? [bracket("("), ...parts, bracket(")")] : parts;
  };
  switch (kind) {
    case "authenticated":
      return [chip("login", "", "any signed-in caller", facts, requirement)];
    case "method":
      return [chip("login", "method", Array.isArray(value) ? value.join(" or ") : "?", facts, requirement)];
    case "acr":
      return [chip("login", "login", value, facts, requirement)];
    case "max_age":
      return [chip("login", "login at most", `${duration(value)} old`, facts, requirement)];
    case "mfa":
      return [chip("login", "proof of", "two factors", facts, requirement)];
    case "factor":
      return [chip("login", "proof of", proofText(value), facts, requirement)];
    case "check":
      return [chip("check", "check", sentences.get(value) || value, facts, requirement)];
    case "all":
      return list("and");
    case "any":
      return list("or");
    case "not":
      return [joint("not"), bracket("("), ...showRequirement(value, sentences, facts), bracket(")")];
    default:
      return [chip(kind, kind, value ?? "?", facts, requirement)];
  }
}

function joint(word) {
  return make("span", { class: "joint" }, ` ${word} `);
}

function bracket(text) {
  return make("span", { class: "bracket" }, text);
}
