// What is open to every caller and why, and what may be a mistake.

function publicView(app, endpoints) {
  const open = endpoints.filter(({ requirement }) => requirement === null);
  const list = make("ul", { class: "endpoints", onkeydown: moveBetweenRows });
  fill(list, open, (endpoint) => {
    const row = endpointRow(app, endpoint);
    refreshRow(app, endpoint);
    return row;
  });
  const findings = findingsOf(app);
  return {
    count: plural(open.length, "public endpoint"),
    content: [
      make("h2", {}, "Open to everybody"),
      open.length > 0 ? list : about("No endpoint is public."),
      make("h2", {}, "Worth a look"),
      findings.length > 0
        ? make("ul", { class: "findings" }, findings.map(({ text, names }) =>
            make("li", {}, make("span", {}, text), names.map((name) => make("span", { class: "value" }, name)))))
        : about("Nothing: every name is used, and every endpoint can be called by some caller."),
    ],
  };
}

function findingsOf(app) {
  const found = app.model.findings;
  const silent = app.endpoints.filter((it) => it.requirement === null && !it.public_reason).map(({ key }) => key);
  return [
    { text: "Permissions that no endpoint asks for:", names: found.unused_permissions },
    { text: "Roles that change nothing, not even by what they grant:", names: found.unused_roles },
    { text: "Scopes that no endpoint asks for:", names: found.unused_scopes },
    { text: "Groups that change nothing:", names: found.unused_groups },
    { text: "Endpoints that no caller can use:", names: [...app.unreachable] },
    { text: "Scopes that no client can be given:", names: found.scopes_without_client ?? [] },
    { text: "Public endpoints without a reason:", names: silent },
  ].filter(({ names }) => names.length > 0);
}
