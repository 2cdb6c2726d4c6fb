// A pasted token explained by the API itself, where the page has an address for that. It is
// sent to this service alone, in a body, and only when the reader asks for it.

const STEP_SIGNS = {
  passed: ["✓", "met"],
  failed: ["✗", "unmet"],
  noted: ["!", "undecided"],
  skipped: ["–", ""],
};

explainer = (() => {
  let pasted = "";
  let button = null;
  let shown = null;
  const take = (text) => {
    pasted = text.trim().replace(/^bearer\s+/i, "");
    button.disabled = pasted === "";
    shown.replaceChildren();
  };
  const explain = async () => {
    const token = pasted;
    const show = (...content) => {
      // Another token may have been pasted, or this one cleared, before the answer came.
      if (token === pasted) shown.replaceChildren(...content);
    };
    try {
      show(...stepsOf(await fetchReport(document.body.dataset.explain, token)));
    } catch (error) {
      show(make("p", { class: "warning" }, error.message));
    }
  };
  const part = () => {
    button = make("button", { type: "button", class: "quiet", disabled: true, onclick: explain }, "Explain");
    shown = make("div", { id: "token-explained", "aria-live": "polite" });
    return [make("p", { class: "actions" }, button), shown];
  };
  return { part, take };
})();

async function fetchReport(address, token) {
  let response;
  try {
    response = await fetch(address, {
      method: "POST", mode: "same-origin", credentials: "omit", cache: "no-store", redirect: "error",
      headers: { accept: "application/json", "content-type": "text/plain;charset=utf-8" }, body: token,
    });
  } catch {
    throw new Error("The service does not answer.");
  }
  if (!response.ok) throw new Error(`The service does not explain the token: it answers ${response.status}.`);
  const report = await response.json().catch(() => null);
  if (!Array.isArray(report?.steps)) throw new Error("The service does not explain the token: its answer is no report.");
  return report;
}

function stepsOf({ refusal, steps }) {
  const accepted = refusal === null || refusal === undefined;
  return [
    make("p", { class: accepted ? false : "warning" }, accepted ? "The API accepts this token." : `The API refuses this token: ${refusal}.`),
    make("ul", { class: "steps" }, steps.map(stepRow)),
  ];
}

function stepRow(step) {
  const known = Object.hasOwn(STEP_SIGNS, step.outcome);
  const [mark, kind] = known ? STEP_SIGNS[step.outcome] : ["?", ""];
  const unverified = step.is_verified !== true && step.outcome !== "skipped";
  const parts = ["found", "expected", "hint"].filter((part) => typeof step[part] === "string");
  return make("li", { "data-outcome": known && step.outcome },
    sign(mark, kind), spoken(`${step.outcome}: `), make("strong", {}, String(step.step)), ` ${step.says}`,
    unverified && make("span", { class: "note" }, " (unverified)"),
    parts.length > 0 && make("dl", {}, parts.map((part) => [make("dt", {}, part), make("dd", {}, step[part])])));
}

