// Adds a passkey to an account, by the endpoints of the accounts.
const part = (id) => document.getElementById(id);
const form = document.querySelector("form");
const field = (name) => form.elements.namedItem(name);

async function send(method, path, body) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`account/${path}`, { method, headers, body: body && JSON.stringify(body) });
  const said = await answer.json().catch(() => ({}));
  const { detail = "the server cannot answer just now" } = said;
  if (!answer.ok) throw new Error(`${detail[0].toUpperCase()}${detail.slice(1)}.`);
  return said;
}
const post = (path, body = {}) => send("POST", path, body);

/** The second factor of an account that has one. */
async function goOn({ factors }) {
  const code = field("code").value.trim();
  if (code) return post(/^[0-9]{6}$/.test(code) ? "sign-in/totp" : "sign-in/recovery-code", { code });
  if (factors.includes("passkey")) {
    const { publicKey } = await post("sign-in/passkey/challenge");
    const options = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey);
    return post("sign-in/passkey", { credential: await navigator.credentials.get({ publicKey: options }) });
  }
  part("second").hidden = false;
  field("code").required = true;
  field("code").focus();
  throw new Error("Your account has a second factor: type its code, too.");
}

function problem({ name, message }) {
  if (name === "InvalidStateError") return "This device has a passkey of your account already.";
  return name === "NotAllowedError" ? "No passkey was made. Try again." : message;
}

async function add() {
  const begun = await post("sign-in", { username: field("username").value, password: field("password").value });
  if (begun.status === "second_factor") await goOn(begun);
  const { publicKey } = await post("passkeys/challenge");
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey);
  const credential = await navigator.credentials.create({ publicKey: options });
  await post("passkeys", { credential, name: field("name").value });
  // Without them, who loses the passkey is locked out.
  const { left } = await send("GET", "recovery-codes");
  if (left > 0) return [];
  const { codes } = await post("recovery-codes");
  return codes;
}

if (window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
  part("cannot").hidden = true;
  part("add").hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    part("problem").hidden = true;
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const codes = await add();
      for (const code of codes) part("recovery").querySelector("ul").append(Object.assign(document.createElement("li"), { textContent: code }));
      part("recovery").hidden = codes.length === 0;
      part("add").hidden = true;
      part("done").hidden = false;
      part("done").focus();
    } catch (error) {
      part("problem").textContent = problem(error);
      part("problem").hidden = false;
    }
    button.disabled = false;
  });
}
