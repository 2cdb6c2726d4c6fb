// The page before it has its data: asks for a token and fetches the map with it. The token is sent
// to this service alone, kept nowhere, and forgotten with the page.

function askForToken() {
  const shown = document.querySelectorAll(".bar, .columns, footer");
  shown.forEach((part) => { part.hidden = true; });
  const field = make("input", {
    id: "ask-token", type: "password", autocomplete: "off", autocapitalize: "off", spellcheck: "false", required: true,
  });
  const problem = make("p", { id: "ask-problem", class: "warning", role: "alert", hidden: true });
  const tell = (text) => {
    problem.textContent = text;
    problem.hidden = false;
    field.focus();
  };
  const form = make("form", { id: "ask", class: "ask" },
    make("label", { for: "ask-token" }, "Access token"), field,
    make("button", { type: "submit" }, "Show the map"),
    make("p", { class: "note" }, "It is sent to this service only, and stored nowhere."), problem);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const token = field.value.trim().replace(/^Bearer\s+/i, "");
    try {
      const text = await fetchMap(token);
      form.remove();
      shown.forEach((part) => { part.hidden = false; });
      start(text);
    } catch (error) {
      tell(error.message);
    }
  });
  document.querySelector("header.top").after(form);
  document.documentElement.dataset.asks = "";
  field.focus();
}

async function fetchMap(token) {
  const address = `${location.pathname.replace(/\/+$/, "")}/access-map.json`;
  let response;
  try {
    response = await fetch(address, {
      headers: { authorization: `Bearer ${token}` }, cache: "no-store", credentials: "omit", redirect: "error",
    });
  } catch {
    throw new Error("The service does not answer, or this is no token.");
  }
  if (response.ok) return response.text();
  if (response.status === 401) throw new Error("The service does not accept this token (401).");
  if (response.status === 403) throw new Error("The holder of this token may not see the map (403).");
  throw new Error(`The service answers ${response.status}. Try again later.`);
}

askForToken();
