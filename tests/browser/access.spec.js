// Every page of every role, in both themes and narrow: no violation of WCAG 2.2 A and AA, nothing cut off.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from '@playwright/test';
import { demo, pagesOf, signIn } from './demo.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };

async function violations(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((rules) => window.axe.run(document, rules), rules);
  return violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(', ')}`);
}

/** axe has to be put into the page, which the page's own policy rightly forbids. */
async function open(browser, scheme, width) {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 }, bypassCSP: true });
  return context.newPage();
}

for (const role of ['customer', 'partner', 'engineer', 'admin']) {
  test(`every page of the ${role} can be used by everybody`, async ({ browser }) => {
    test.setTimeout(240_000);
    const addresses = await pagesOf(role);
    for (const [scheme, width] of [['light', 1440], ['dark', 1440], ['light', 360]]) {
      const page = await open(browser, scheme, width);
      await signIn(page, role);
      for (const address of addresses) {
        await page.goto(demo.url + address);
        expect.soft(await violations(page), `${address} ${scheme} ${width}`).toEqual([]);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect.soft(over, `${address} is ${over} px too wide at ${width}`).toBeLessThanOrEqual(0);
      }
      await page.context().close();
    }
  });
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
