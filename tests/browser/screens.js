// `make screens`: the pictures of the README, from a demo of now.
import { mkdirSync } from 'node:fs';
import { chromium } from '@playwright/test';
import setup from './global-setup.js';

const out = new URL('../../docs/screens/', import.meta.url).pathname;
mkdirSync(out, { recursive: true });
const stop = await setup();
const { api, demo, signIn } = await import('./demo.js');
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });

const first = async (role, path) => (await api(role, 'GET', path)).data[0];
// The partner's first sight should be something to decide on.
const lyon = await first('engineer', '/systems?limit=1&site=AR-LYS');
for (const [id, code, summary] of [[1, 'fan-below', 'Fan 2 below threshold, 2900 rpm'], [2, 'psu-input-lost', 'PSU 1 lost its input']]) {
  await fetch(`${demo.url}/ingest/alarms`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${demo.gateways['AR-LYS']}`, 'Content-Type': 'application/cloudevents+json' },
    body: JSON.stringify({
      specversion: '1.0', id: `screen-${id}`, source: `/systems/${lyon.serial}`, subject: `11/${id}`, type: 'meridian.alarm.raised',
      data: { code, severity: 'warning', summary },
    }),
  });
}

const { data: queues } = await api('engineer', 'GET', '/queues');
const busiest = queues.filter((q) => q.kind === 'subject').sort((a, b) => b.open - a.open)[0];
const call = await first('engineer', `/queues/${busiest.slug}/calls`);
const { data: systems } = await api('engineer', 'GET', '/systems?limit=50');
const pages = [
  ['home', 'customer', '/'],
  ['new', 'customer', '/calls/new'],
  ['queue', 'engineer', `/queues/${busiest.slug}`],
  ['call', 'engineer', `/calls/${call.number}`],
  ['system', 'engineer', `/systems/${systems[0].serial}`],
  ['review', 'partner', '/review'],
  ['routing', 'cac_lead', '/routing'],
  ['handovers', 'cac_lead', '/handovers'],
];
for (const scheme of ['light', 'dark']) {
  for (const role of ['customer', 'engineer', 'partner', 'cac_lead']) {
    const context = await browser.newContext({ colorScheme: scheme, viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
    const page = await context.newPage();
    await signIn(page, role);
    for (const [name, , address] of pages.filter(([, who]) => who === role)) {
      await page.goto(demo.url + address);
      await page.waitForTimeout(300);
      await page.screenshot({ path: `${out}${name}-${scheme}.png` });
    }
    await context.close();
  }
}
await browser.close();
await stop();
