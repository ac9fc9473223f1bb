// Elements opt in: data-live="topic[ topic]" data-live-src="address of the fragment" [data-live-mode="hold"].
// The stream says only that something changed; the page fetches its fragment with its own cookie.
import { Idiomorph } from '../vendor/idiomorph.js';
import { refresh } from './time.js';
import { parse, scriptURL } from './trusted.js';

const POLL = 20_000;
const regions = new Map();
let polling;
const topicsOf = (element) => element.dataset.live.split(' ').filter(Boolean);

// Drafts, open menus and folded history belong to the reader: no morph touches them.
const callbacks = {
  beforeNodeMorphed: (old) => !(old.nodeType === 1 && (old.hasAttribute('data-keep') || old.matches('.composer'))),
  beforeNodeRemoved: (old) => !(old.nodeType === 1 && old.hasAttribute('data-keep')),
  beforeAttributeUpdated: (name, element) => !(name === 'open' && element.matches('details')) && !(name === 'checked' && element.matches('input')),
};
const morph = (element, content, morphStyle = 'innerHTML') =>
  Idiomorph.morph(element, content, { morphStyle, callbacks, ignoreActiveValue: true });

async function fetchFragment(element) {
  const answer = await fetch(element.dataset.liveSrc, { headers: { Accept: 'text/html' }, credentials: 'same-origin', cache: 'no-cache' });
  if (answer.redirected || !answer.ok) return null;
  return parse(await answer.text());
}

/** Rows that changed are updated where they stand; rows that left say so; new ones wait for the reader. */
function hold(element, fresh) {
  const region = regions.get(element);
  const rows = new Map([...fresh.children].filter((row) => row.id).map((row) => [row.id, row]));
  for (const row of element.querySelectorAll(':scope > [id]')) {
    const now = rows.get(row.id);
    row.classList.toggle('is-gone', !now);
    if (now) morph(row, now.cloneNode(true), 'outerHTML');
  }
  const known = (id) => element.querySelector(`:scope > #${CSS.escape(id)}`);
  const waiting = [...rows.keys()].filter((id) => !known(id)).length;
  region.waiting = fresh;
  announce(element, waiting, waiting === 0 && !element.querySelector(':scope > .is-gone'));
}

function announce(element, count, settled) {
  const bar = document.querySelector(`[data-news="${CSS.escape(element.id)}"]`);
  if (!bar) return;
  bar.hidden = settled;
  const key = document.createElement('kbd');
  key.textContent = '.';
  const what = count ? `${count} new ${count === 1 ? 'call' : 'calls'}` : 'Some calls moved';
  bar.replaceChildren(`${what} — press `, key, count ? ' to show' : ' to tidy up');
}

function show(element) {
  const region = regions.get(element);
  if (!region?.waiting) return;
  morph(element, region.waiting.cloneNode(true));
  region.waiting = null;
  announce(element, 0, true);
  refresh(element);
}

async function update(element) {
  const region = regions.get(element);
  if (document.hidden) { region.stale = true; return; }
  if (region.busy) { region.again = true; return; }
  region.busy = true;
  region.stale = false;
  try {
    const fresh = await fetchFragment(element);
    if (fresh && element.dataset.liveMode === 'hold') hold(element, fresh);
    else if (fresh && !element.querySelector('.composer')) morph(element, fresh);
    refresh(element);
  } catch {
    region.stale = true;
  } finally {
    region.busy = false;
    if (region.again) { region.again = false; update(element); }
  }
}

const soon = (element) => setTimeout(update, Math.random() * 200, element);

function hear(message) {
  if (message.state) {
    document.documentElement.dataset.link = message.state;
    poll(message.state === 'lost');
  }
  for (const element of regions.keys()) {
    if (message.resync || topicsOf(element).includes(message.topic)) soon(element);
  }
}

/** One stream per browser; where workers are missing, one per page; where streams fail, a look now and then. */
function connect(topics) {
  try {
    const worker = new SharedWorker(scriptURL('live-worker.js'), { name: 'meridian-live' });
    worker.onerror = () => stream(topics);
    worker.port.onmessage = ({ data }) => hear(data);
    worker.port.postMessage({ topics });
    addEventListener('pagehide', () => worker.port.postMessage({ topics: [] }));
    addEventListener('pageshow', (event) => {
      if (!event.persisted) return;
      worker.port.postMessage({ topics });
      hear({ resync: true });
    });
  } catch {
    stream(topics);
  }
}

function stream(topics) {
  if (!globalThis.EventSource) return poll(true);
  const source = new EventSource(`/live?topics=${encodeURIComponent(topics.join(','))}`);
  source.addEventListener('changed', (event) => hear(JSON.parse(event.data)));
  source.onopen = () => hear({ state: 'open' });
  source.onerror = () => hear({ state: 'lost' });
  addEventListener('pagehide', () => source.close());
}

function poll(on) {
  if (on && polling) return;
  clearTimeout(polling);
  polling = on && setTimeout(() => {
    polling = null;
    hear({ resync: true });
    poll(true);
  }, POLL * (0.75 + Math.random() / 2));
}

for (const element of document.querySelectorAll('[data-live]')) regions.set(element, {});
document.addEventListener('click', (event) => {
  const bar = event.target.closest('[data-news]');
  if (bar) show(document.getElementById(bar.dataset.news));
});
document.addEventListener('visibilitychange', () => {
  for (const [element, region] of regions) if (!document.hidden && region.stale) soon(element);
});
if (regions.size) connect([...new Set([...regions.keys()].flatMap(topicsOf))]);
