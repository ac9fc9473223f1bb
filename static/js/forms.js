// Forms: drafts kept on the server, one send per press, a warning before words are lost, a system picker.
const clock = new Intl.DateTimeFormat(document.documentElement.lang || 'en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const sending = new Set();
const unsaved = new Set();

/** PUT /drafts/{key}, text/plain; an empty body forgets the draft. */
async function putDraft(key, body, leaving) {
  const keepalive = leaving === true && body.length < 60_000;
  const answer = await fetch(`/drafts/${encodeURIComponent(key)}`, { method: 'PUT', body, keepalive, headers: { 'Content-Type': 'text/plain' } });
  if (!answer.ok) throw new Error(answer.status);
}

/** Keeps the words of the form's textarea; the key ends in the kind, so a note never comes back as a reply. */
function keepDraft(form) {
  const area = form.querySelector('textarea');
  const state = form.querySelector('[data-draft-state]');
  const keyNow = () => [form.dataset.draft, form.elements.kind?.value].filter(Boolean).join('.');
  let timer;
  let saved = area.value;
  let savedAs = keyNow();
  const say = (text) => { if (state) state.textContent = text; };
  async function save(leaving) {
    clearTimeout(timer);
    const [body, key] = [area.value, keyNow()];
    if ((body === saved && key === savedAs) || sending.has(form)) return;
    try {
      if (key !== savedAs) await putDraft(savedAs, '', leaving);
      await putDraft(key, body, leaving);
      [saved, savedAs] = [body, key];
      if (area.value === body && !('guard' in form.dataset)) unsaved.delete(form);
      say(body ? `Draft saved ${clock.format(Date.now())}` : 'Draft emptied');
    } catch {
      say('Draft not saved yet: no connection');
      timer = setTimeout(save, 5000);
    }
  }
  form.addEventListener('input', (event) => {
    if (event.target !== area && event.target.name !== 'kind') return;
    unsaved.add(form);
    clearTimeout(timer);
    timer = setTimeout(save, 800);
  });
  addEventListener('pagehide', () => save(true));
}

/** Without field-sizing the textarea grows here. */
function grow(area) {
  if (CSS.supports('field-sizing', 'content')) return;
  const fit = () => {
    area.rows = Math.min(24, Math.max(Number(area.dataset.rows ??= area.rows), area.value.split('\n').length + 1));
  };
  area.addEventListener('input', fit);
  fit();
}

/** A <select> of systems gets a text box that filters it; the select stays what is sent. */
function picker(box, index) {
  const select = box.querySelector('select');
  const options = [...select.options].filter((option) => option.value);
  const input = document.createElement('input');
  const list = document.createElement('div');
  let at = -1;
  Object.assign(input, { type: 'text', role: 'combobox', autocomplete: 'off', spellcheck: false, placeholder: 'Type a serial, a name or a site' });
  input.id = select.id;
  select.id = `${select.id}-choice`;
  list.id = `picker-${index}`;
  list.role = 'listbox';
  list.ariaLabel = 'Systems';
  for (const name of ['aria-describedby', 'aria-invalid']) if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  input.setAttribute('aria-controls', list.id);
  input.value = select.value ? select.selectedOptions[0].text : '';
  select.hidden = list.hidden = true;
  box.append(input, list);

  const shown = () => [...list.children];
  const open = (yes) => {
    list.hidden = !yes;
    input.setAttribute('aria-expanded', String(yes));
    if (!yes) input.removeAttribute('aria-activedescendant');
  };
  const point = (next) => {
    at = next;
    shown().forEach((item, i) => item.setAttribute('aria-selected', String(i === at)));
    const item = shown()[at];
    if (item) { input.setAttribute('aria-activedescendant', item.id); item.scrollIntoView({ block: 'nearest' }); }
  };
  const choose = (item) => {
    select.value = item.dataset.value;
    input.value = item.textContent;
    select.dispatchEvent(new Event('change', { bubbles: true }));
    open(false);
  };
  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/);
    const fits = options.filter((option) => {
      const text = `${option.text} ${option.parentElement.label ?? ''}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    list.replaceChildren(...fits.slice(0, 50).map((option, i) => {
      const item = document.createElement('div');
      const where = option.parentElement.label;
      Object.assign(item, { role: 'option', id: `${list.id}-${i}`, textContent: where ? `${option.text} · ${where}` : option.text });
      item.dataset.value = option.value;
      return item;
    }));
    open(fits.length > 0);
    point(input.value && fits.length ? 0 : -1);
  };
  input.addEventListener('input', () => { select.value = ''; filter(); });
  input.addEventListener('focus', () => { if (!select.value) filter(); });
  input.addEventListener('blur', () => setTimeout(open, 150, false));
  list.addEventListener('mousedown', (event) => { event.preventDefault(); choose(event.target.closest('[role="option"]')); });
  input.addEventListener('keydown', (event) => {
    const count = shown().length;
    if (event.key === 'Escape') open(false);
    else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) filter();
      else point((at + (event.key === 'ArrowDown' ? 1 : count - 1)) % count);
    } else if (event.key === 'Enter' && !list.hidden && at >= 0) {
      event.preventDefault();
      choose(shown()[at]);
    }
  });
  open(false);
}

document.querySelectorAll('form[data-draft]').forEach(keepDraft);
document.querySelectorAll('textarea').forEach(grow);
document.querySelectorAll('[data-picker]').forEach(picker);
document.getElementById('problems')?.focus();
// What is shown once is ready to be copied.
for (const field of document.querySelectorAll('[data-select]')) field.addEventListener('focus', () => field.select());

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== 'post') return;
  if (sending.has(form)) return event.preventDefault();
  sending.add(form);
  unsaved.delete(form);
  event.submitter?.setAttribute('aria-disabled', 'true');
});
addEventListener('pageshow', () => {
  sending.clear();
  for (const button of document.querySelectorAll('.btn[aria-disabled]')) button.removeAttribute('aria-disabled');
});
for (const form of document.querySelectorAll('form[data-guard]')) form.addEventListener('input', () => unsaved.add(form));
addEventListener('beforeunload', (event) => { if (unsaved.size) event.preventDefault(); });
document.addEventListener('keydown', (event) => {
  const form = event.target.closest?.('.composer');
  if (form && event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit([...form.querySelectorAll('footer .btn.main')].find((button) => button.checkVisibility()));
});
