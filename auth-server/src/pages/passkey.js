// Asks for a passkey. The pages of the sign-in work without it, by their other fields: what it needs is hidden
// until it has seen that the browser can do it.
(async () => {
  const prompt = document.getElementById("passkey");
  if (!prompt || !window.PublicKeyCredential?.parseRequestOptionsFromJSON) return;
  const form = prompt.querySelector("form");
  const problem = prompt.querySelector("[role=alert]");
  const options = JSON.parse(prompt.dataset.options);
  let waiting;

  async function ask(mediation) {
    waiting?.abort();
    waiting = new AbortController();
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    const credential = await navigator.credentials.get({ publicKey, mediation, signal: waiting.signal });
    form.elements.passkey.value = JSON.stringify(credential);
    form.submit();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    problem.hidden = true;
    ask("optional").catch(({ name }) => {
      problem.hidden = name === "AbortError";
    });
  });
  prompt.hidden = false;

  // The browser offers passkeys in the field of the name, too, if it can.
  const username = document.querySelector("input[autocomplete=username]");
  if (username && (await PublicKeyCredential.isConditionalMediationAvailable?.()) && !waiting) {
    username.autocomplete = "username webauthn";
    ask("conditional").catch(() => {});
  }
})();
