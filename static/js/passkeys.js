// Passkeys: <div data-passkey="enter|make" data-next="/calls" hidden> with a button and a place for what went wrong.
// Hidden where the browser has none, or where the portal is reached by a number: a passkey belongs to a name.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

const known = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));

async function ask(address, body) {
  const answer = await fetch(address, { method: 'POST', credentials: 'same-origin', headers: { 'Content-Type': 'application/json', Accept: 'application/json' }, body: JSON.stringify(body ?? {}) });
  // Whoever must prove first who they are goes there.
  if (answer.redirected) { location.assign(answer.url); return new Promise(() => {}); }
  if (answer.status === 401) { location.assign('/session/new'); return new Promise(() => {}); }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.detail ?? 'That did not work. Try again in a moment.');
  return said;
}

async function make(next) {
  const { ceremony, options: { publicKey } } = await ask('/me/passkeys/challenge');
  const made = await navigator.credentials.create({ publicKey: {
    ...publicKey,
    challenge: bytes(publicKey.challenge),
    user: { ...publicKey.user, id: bytes(publicKey.user.id) },
    excludeCredentials: known(publicKey.excludeCredentials),
  } });
  const { response } = made;
  const credential = {
    id: made.id, rawId: text(made.rawId), type: made.type, extensions: made.getClientExtensionResults(),
    response: { attestationObject: text(response.attestationObject), clientDataJSON: text(response.clientDataJSON), transports: response.getTransports?.() },
  };
  return ask('/me/passkeys', { ceremony, credential, next });
}

async function enter(next) {
  const { ceremony, options: { publicKey } } = await ask('/session/passkey/challenge');
  const shown = await navigator.credentials.get({ publicKey: {
    ...publicKey, challenge: bytes(publicKey.challenge), allowCredentials: known(publicKey.allowCredentials),
  } });
  const { response } = shown;
  const credential = {
    id: shown.id, rawId: text(shown.rawId), type: shown.type, extensions: {},
    response: {
      authenticatorData: text(response.authenticatorData), clientDataJSON: text(response.clientDataJSON),
      signature: text(response.signature), userHandle: response.userHandle && text(response.userHandle),
    },
  };
  return ask('/session/passkey', { ceremony, credential, next });
}

/** What browsers call a person who changed their mind is no error to them. */
const words = {
  NotAllowedError: 'No passkey was used. Try again, or go another way.',
  InvalidStateError: 'This device has a passkey for you already.',
  SecurityError: 'Passkeys do not work at this address.',
};

async function press(part, button) {
  const problem = part.querySelector('.problems');
  problem.hidden = true;
  button.setAttribute('aria-disabled', 'true');
  try {
    const { next } = await (part.dataset.passkey === 'make' ? make : enter)(part.dataset.next);
    location.assign(next);
  } catch (error) {
    problem.textContent = words[error.name] ?? error.message;
    problem.hidden = false;
    problem.focus();
    button.removeAttribute('aria-disabled');
  }
}

const named = !/^[\d.]+$|^\[/.test(location.hostname);
if (globalThis.PublicKeyCredential && isSecureContext && named) {
  for (const part of document.querySelectorAll('[data-passkey]')) {
    part.hidden = false;
    const button = part.querySelector('button');
    button.addEventListener('click', () => { if (button.getAttribute('aria-disabled') !== 'true') press(part, button); });
  }
}
