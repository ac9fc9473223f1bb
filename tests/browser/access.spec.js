// Every page of every role, in both themes and narrow: no violation of WCAG 2.2 A and AA, nothing cut off.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from '@playwright/test';
import { demo, pagesOf, signIn } from './demo.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const every = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** The dark theme changes colours and nothing else. */
const looks = [
  { name: 'light', scheme: 'light', width: 1440, runOnly: every },
  { name: 'dark', scheme: 'dark', width: 1440, runOnly: ['color-contrast'] },
  // WCAG 2.2, 1.4.10: nothing has to be scrolled sideways from 320 px on.
  { name: 'narrow', scheme: 'light', width: 320, runOnly: every },
];

async function violations(page, runOnly = every) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((rules) => window.axe.run(document, rules), { runOnly });
  return violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(', ')}`);
}

/** What sticks out when every clock says the longest it can: how long they are must not depend on the hour of the test. */
async function tooWide(page) {
  return page.evaluate(() => {
    for (const due of document.querySelectorAll('time.due')) due.textContent = '23 h 59 min late';
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const out = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > width + 0.5);
    return out.slice(-3).map((e) => `${e.localName}.${e.className} ends at ${Math.round(e.getBoundingClientRect().right)} of ${width} px`);
  });
}

/** axe has to be put into the page, which the page's own policy rightly forbids. */
async function open(browser, scheme, width) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 }, bypassCSP: true });
  return context.newPage();
}

for (const role of ['customer', 'partner', 'engineer', 'admin']) {
  for (const { name, scheme, width, runOnly } of looks) {
    test(`every page of the ${role} can be used by everybody, ${name}`, async ({ browser }) => {
      test.setTimeout(300_000);
      const page = await open(browser, scheme, width);
      await signIn(page, role);
      for (const address of await pagesOf(role)) {
        await page.goto(demo.url + address);
        expect.soft(await violations(page, runOnly), address).toEqual([]);
        expect.soft(await tooWide(page), address).toEqual([]);
      }
      await page.context().close();
    });
  }
}

test('the pages before signing in can be used by everybody', async ({ browser }) => {
  const page = await open(browser, 'light', 1440);
  for (const address of ['/session/new', '/resets/nobodys', '/status', '/no/such/page']) {
    await page.goto(demo.url + address);
    expect.soft(await violations(page), address).toEqual([]);
  }
});

test('no page breaks its own policy or logs an error', async ({ browser }) => {
  for (const role of ['customer', 'partner', 'engineer']) {
    const page = await (await browser.newContext()).newPage();
    const errors = [];
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(String(error)));
    await signIn(page, role);
    for (const address of (await pagesOf(role)).filter((a) => !a.includes('C-1234567-0'))) await page.goto(demo.url + address);
    expect(errors, role).toEqual([]);
  }
});
