// Keys press what is on the page: an element says data-key="i" (or "g q") and, when its own text is no
// good name, data-key-label. A row says data-row; the row with the focus answers before the page does.
const OFF = 'keys';
const names = { j: 'Next row', k: 'Previous row', Enter: 'Open the row', '?': 'This sheet', 'Ctrl K': 'Search' };
let prefix = '';
let prefixTimer;

const isOff = () => localStorage.getItem(OFF) === 'off';
const isTyping = (target) => target.closest?.('input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable]');
const isThere = (element) => element.checkVisibility() && !element.disabled;
const rows = () => [...document.querySelectorAll('[data-row]:not(.is-gone)')].filter(isThere);
const hereRow = () => document.activeElement?.closest('[data-row]');

function target(key) {
  const wanted = `[data-key="${CSS.escape(key)}"]`;
  const inRow = hereRow()?.querySelector(wanted);
  if (inRow) return inRow;
  return [...document.querySelectorAll(wanted)].find((element) => !element.closest('[data-row]') && reachable(element));
}

// Something inside a closed menu counts: pressing its key opens the menus around it.
function reachable(element) {
  const menu = element.closest('details:not([open])');
  return !element.disabled && !element.hidden && (menu ? isThere(menu.querySelector('summary')) || reachable(menu.parentElement) : isThere(element));
}

function press(element) {
  for (let menu = element.closest('details'); menu; menu = menu.parentElement.closest('details')) {
    if (element.parentElement !== menu) menu.open = true;
  }
  if (element.matches('input[type="search"]')) { element.focus(); element.select(); return; }
  element.click();
  if (element.matches('summary')) element.parentElement.querySelector('input, select, textarea, button')?.focus();
  if (element.matches('[type="radio"]')) element.form?.querySelector('textarea')?.focus();
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(hereRow());
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
  const link = all[next].querySelector('[data-c="main"] a, h2 a') ?? all[next].querySelector('a');
  link?.focus({ preventScroll: true });
  all[next].scrollIntoView({ block: 'nearest' });
}

/** What can be pressed here and now, each once. */
function available() {
  const found = new Map();
  if (rows().length) for (const key of ['j', 'k', 'Enter']) found.set(key, names[key]);
  for (const element of document.querySelectorAll('[data-key]')) {
    const key = element.dataset.key;
    if (found.has(key) || !(element.closest('[data-row]') || reachable(element))) continue;
    found.set(key, element.dataset.keyLabel || element.ariaLabel || element.textContent.trim().replace(/\s*\d*$/, ''));
  }
  for (const key of ['?', 'Ctrl K']) found.set(key, names[key]);
  return found;
}

function node(name, text, ...children) {
  const element = document.createElement(name);
  if (text) element.textContent = text;
  element.append(...children);
  return element;
}

function sheet() {
  const dialog = node('dialog');
  dialog.className = 'sheet';
  dialog.setAttribute('aria-label', 'Keys on this page');
  const close = node('button', 'Close');
  const toggle = node('button', isOff() ? 'Switch keys on' : 'Switch keys off');
  close.className = 'btn';
  toggle.className = 'btn quiet';
  close.type = toggle.type = 'button';
  close.addEventListener('click', () => dialog.close());
  toggle.addEventListener('click', () => {
    localStorage.setItem(OFF, isOff() ? 'on' : 'off');
    dialog.close();
  });
  const acts = node('div', '', toggle, close);
  acts.className = 'acts';
  const head = node('div', '', node('h2', 'Keys on this page'), acts);
  head.className = 'head';
  const list = node('dl');
  for (const [key, label] of available()) {
    const keys = node('dd');
    for (const part of key.split(' ')) keys.append(node('kbd', part), ' ');
    list.append(node('div', '', node('dt', label), keys));
  }
  dialog.append(head, list);
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
}

function step(event, key) {
  if (key === '?') return sheet();
  if (key === 'j' || key === 'k') return move(key === 'j' ? 1 : -1);
  const element = target(key);
  if (!element) return false;
  press(element);
}

document.addEventListener('keydown', (event) => {
  if (document.querySelector('dialog[open]') || event.altKey || event.defaultPrevented) return;
  if ((event.ctrlKey || event.metaKey) && event.key === 'k' && !isOff()) {
    const search = target('/');
    if (search) { event.preventDefault(); press(search); }
    return;
  }
  if (event.ctrlKey || event.metaKey || isTyping(event.target)) return;
  if (isOff() && event.key !== '?') return;
  clearTimeout(prefixTimer);
  const key = prefix + event.key;
  if (!prefix && event.key === 'g') {
    prefix = 'g ';
    prefixTimer = setTimeout(() => { prefix = ''; }, 1500);
    return;
  }
  prefix = '';
  if (event.key !== 'Enter' && step(event, key) !== false) event.preventDefault();
});
