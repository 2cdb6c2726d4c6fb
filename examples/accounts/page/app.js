// The page of the notes: it calls the same endpoints that programs call.

const at = (id) => document.getElementById(id);
const views = ['sign-in', 'sign-up', 'second-factor', 'notes', 'security', 'keys', 'admin', 'again'];
let me = null;
let afterwards = null;

function say(text, failed = false) {
  at('message').textContent = text;
  at('message').classList.toggle('failed', failed);
}

class Refused extends Error {
  constructor(response, problem) {
    super(problem.detail || problem.title || `The server answers ${response.status}.`);
    this.status = response.status;
    this.code = problem.code;
    this.asksForFactors = problem.mfa === true || Array.isArray(problem.factors);
  }
}

async function call(method, path, body) {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(path, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: 'same-origin',
  });
  const type = response.headers.get('content-type') || '';
  const answer = type.includes('json') ? await response.json() : null;
  if (!response.ok) throw new Refused(response, answer || {});
  return answer;
}

const account = (method, path, body) => call(method, `/account${path}`, body);

function show(name) {
  for (const view of views) at(`view-${view}`).hidden = view !== name;
  at('nav').hidden = me === null;
  for (const link of at('nav').querySelectorAll('a')) {
    if (link.hash === `#${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  for (const field of document.querySelectorAll('.who')) field.value = me?.username ?? '';
  document.title = `${document.querySelector(`#view-${name} h1`).textContent} · Notes`;
}

// What fails because the sign-in is too old is done again after another one.
async function attempt(action) {
  try {
    say('');
    await action();
  } catch (error) {
    if (error.code === 'insufficient_user_authentication' && me) {
      if (error.asksForFactors && (await account('GET', '/factors')).length === 0) {
        say('This needs a second factor. Add one under Security.', true);
        return;
      }
      afterwards = action;
      show('again');
      return;
    }
    if (error.status === 401 && me) {
      me = null;
      location.hash = '#sign-in';
      show('sign-in');
    }
    say(error.message, true);
  }
}

function fill(list, items, render) {
  list.replaceChildren(...items.map((item) => {
    const entry = document.createElement('li');
    const text = document.createElement('span');
    const actions = document.createElement('span');
    actions.className = 'actions';
    entry.append(text, actions);
    render(item, text, (label, action, kind = 'quiet') => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = kind;
      button.textContent = label;
      button.addEventListener('click', () => attempt(action));
      actions.append(button);
    });
    return entry;
  }));
}

const when = (seconds) => (seconds ? new Date(seconds * 1000).toLocaleString() : 'never');

const open = {
  async notes() {
    const notes = await call('GET', '/notes');
    at('no-notes').hidden = notes.length > 0;
    fill(at('notes'), notes, (note, text, button) => {
      text.textContent = note.text;
      button('Throw away', async () => {
        await call('DELETE', `/notes/${note.id}`);
        await open.notes();
      });
    });
  },
  async security() {
    const [factors, sessions] = await Promise.all([account('GET', '/factors'), account('GET', '/sessions')]);
    fill(at('factors'), factors, (factor, text, button) => {
      text.textContent = `${factor.name || factor.kind}, last used ${when(factor.last_used_at)}`;
      button('Remove', async () => {
        await account('DELETE', `/factors/${factor.id}`);
        await open.security();
      }, 'danger');
    });
    fill(at('sessions'), sessions, (session, text, button) => {
      text.textContent = `${session.device || 'A device'}, last seen ${when(session.seen_at)}`;
      if (session.current) text.append(' (this one)');
      else button('Sign out', async () => {
        await account('DELETE', `/sessions/${session.id}`);
        await open.security();
      });
    });
  },
  async keys() {
    const keys = (await account('GET', '/api-keys')).filter((key) => !key.revoked_at);
    fill(at('api-keys'), keys, (key, text, button) => {
      text.textContent = `${key.name}: ${key.scopes.join(', ')}; last used ${when(key.last_used_at)}`;
      button('Revoke', async () => {
        await account('DELETE', `/api-keys/${key.id}`);
        await open.keys();
      }, 'danger');
    });
  },
  async admin() {
    const query = new FormData(at('form-search')).get('query');
    const found = await account('GET', `/admin/accounts?query=${encodeURIComponent(query)}`);
    const list = Array.isArray(found) ? found : found.accounts;
    fill(at('accounts'), list, (it, text, button) => {
      text.textContent = `${it.username} (${it.status})`;
      const role = (method, name) => account(method, `/admin/accounts/${it.id}/roles/${name}`, method === 'PUT' ? { reason: 'by hand' } : undefined);
      button('Make administrator', async () => { await role('PUT', 'admin'); say(`${it.username} is an administrator now.`); });
      button('Take that back', async () => { await role('DELETE', 'admin'); say(`${it.username} is no administrator any more.`); });
      button(it.status === 'locked' ? 'Unlock' : 'Lock', async () => {
        await account('POST', `/admin/accounts/${it.id}/${it.status === 'locked' ? 'unlock' : 'lock'}`);
        await open.admin();
      }, 'danger');
    });
  },
};

// Passkeys: the browser asks its user, the server says what for.
const passkeys = typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON === 'function';

async function ceremony(ask) {
  try {
    return (await ask()).toJSON();
  } catch (error) {
    if (error.name === 'InvalidStateError') throw new Error('This device has a passkey of your account already.');
    throw new Error('No passkey was used.');
  }
}

async function addPasskey() {
  const { publicKey } = await account('POST', '/passkeys/challenge');
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey);
  const credential = await ceremony(() => navigator.credentials.create({ publicKey: options }));
  await account('POST', '/passkeys', { credential, name: 'Passkey' });
}

async function signInByPasskey() {
  const { publicKey } = await account('POST', '/sign-in/passkey/challenge');
  const options = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey);
  const credential = await ceremony(() => navigator.credentials.get({ publicKey: options }));
  return proceed(await account('POST', '/sign-in/passkey', { credential }));
}

async function go() {
  const name = location.hash.slice(1) || (me ? 'notes' : 'sign-in');
  const known = name in open ? (me ? name : 'sign-in') : (views.includes(name) ? name : 'sign-in');
  show(known);
  at('main').focus({ preventScroll: true });
  if (known in open) await attempt(open[known]);
}

async function whoAmI() {
  try {
    me = await account('GET', '');
    at('nav-admin').hidden = !(me.roles || []).includes('admin');
  } catch (error) {
    me = null;
    if (error.status !== 401) say(error.message, true);
  }
}

async function signedIn() {
  await whoAmI();
  say('');
  if (afterwards) {
    const action = afterwards;
    afterwards = null;
    await go();
    await attempt(action);
    return;
  }
  if (location.hash === '#notes') await go();
  else location.hash = '#notes';
}

async function proceed(answer) {
  if (answer.status !== 'second_factor') return signedIn();
  at('second-passkey').hidden = !(passkeys && answer.factors.includes('passkey'));
  at('form-totp').hidden = !answer.factors.includes('totp');
  at('form-code').hidden = !answer.factors.includes('code');
  at('recovery').hidden = false;
  show('second-factor');
  return undefined;
}

function form(id, action) {
  at(id).addEventListener('submit', (event) => {
    event.preventDefault();
    const data = new FormData(event.target);
    attempt(async () => {
      await action(data, event.target);
      if (id !== 'form-search') event.target.reset();
    });
  });
}

form('form-sign-in', async (data) => proceed(await account('POST', '/sign-in', {
  username: data.get('username'), password: data.get('password'), remember: data.get('remember') === 'on',
})));
form('form-again', async (data) => proceed(await account('POST', '/sign-in', {
  username: me.username, password: data.get('password'),
})));
form('form-sign-up', async (data) => {
  const credentials = { username: data.get('username'), password: data.get('password') };
  await account('POST', '/sign-up', data.get('email') ? { ...credentials, email: data.get('email') } : credentials);
  await proceed(await account('POST', '/sign-in', credentials));
});
form('form-totp', async (data) => proceed(await account('POST', '/sign-in/totp', { code: data.get('code') })));
form('form-code', async (data) => proceed(await account('POST', '/sign-in/code', { code: data.get('code') })));
form('form-recovery-code', async (data) => proceed(await account('POST', '/sign-in/recovery-code', { code: data.get('code') })));
form('form-note', async (data) => {
  await call('POST', '/notes', { text: data.get('text') });
  await open.notes();
});
form('form-password', async (data) => {
  await account('POST', '/password', { current: data.get('current'), new: data.get('new') });
  say('The password is changed, and all other sessions are ended.');
});
form('form-totp-confirm', async (data) => {
  await account('POST', '/totp/confirm', { code: data.get('code') });
  at('totp-setup').hidden = true;
  await whoAmI();
  await open.security();
  say('Your authenticator app is asked for from now on. Make recovery codes, too.');
});
form('form-key', async (data) => {
  const made = await account('POST', '/api-keys', { name: data.get('name'), scopes: data.getAll('scope') });
  at('new-key-text').textContent = made.key;
  at('new-key').hidden = false;
  await open.keys();
});
form('form-search', async () => open.admin());

const press = (id, action) => at(id).addEventListener('click', () => attempt(action));
press('sign-out', async () => {
  await account('POST', '/sign-out');
  me = null;
  location.hash = '#sign-in';
  show('sign-in');
});
press('sign-out-everywhere', async () => {
  await account('POST', '/sign-out/everywhere');
  me = null;
  location.hash = '#sign-in';
  show('sign-in');
});
press('add-totp', async () => {
  const totp = await account('POST', '/totp');
  at('totp-qr').innerHTML = totp.qr;
  at('totp-secret').textContent = totp.secret;
  at('totp-setup').hidden = false;
});
press('add-passkey', async () => {
  await addPasskey();
  await whoAmI();
  await open.security();
  say('The passkey signs you in from now on, alone.');
});
press('second-passkey', signInByPasskey);
for (const button of document.querySelectorAll('[data-passkey]')) {
  button.hidden = !passkeys;
  button.addEventListener('click', () => attempt(signInByPasskey));
}
at('add-passkey').hidden = !passkeys;
press('new-recovery-codes', async () => {
  const answer = await account('POST', '/recovery-codes');
  const codes = Array.isArray(answer) ? answer : answer.codes;
  at('recovery-list').replaceChildren(...codes.map((code) => {
    const entry = document.createElement('li');
    entry.textContent = code;
    return entry;
  }));
  at('recovery-codes').hidden = false;
});

addEventListener('hashchange', go);
await whoAmI();
await go();
