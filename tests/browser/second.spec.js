// The second factor as a person sets it up and uses it, and whether everybody can.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from '@playwright/test';
import { demo } from './demo.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
// Nobody else in these tests is this person: an app that is set up is asked for everywhere.
const { email, password } = demo.logins.auditor;

/** What a phone shows for the key on the page. */
function code(key) {
  const bits = [...key.replace(/-/g, '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac('sha1', secret).update(counter).digest();
  const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

async function fits(page, what) {
  await page.evaluate(axe);
  for (const [scheme, width] of [['light', 1440], ['dark', 1440], ['light', 360]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    const { violations } = await page.evaluate((rules) => window.axe.run(document, rules), rules);
    expect.soft(violations.map((v) => `${v.id}: ${v.help}: ${v.nodes[0].target}`), `${what} ${scheme} ${width}`).toEqual([]);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect.soft(over, `${what} is ${over} px too wide at ${width}`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

async function signIn(page) {
  await page.goto(`${demo.url}/session/new?next=/me`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

test('an app is set up, asked for, stood in for by a code on paper, and removed', async ({ browser }) => {
  test.setTimeout(90_000);
  const context = await browser.newContext({ bypassCSP: true, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await signIn(page);
  await page.waitForURL(`${demo.url}/me`);
  await page.getByRole('button', { name: /^Set up/ }).click();
  await fits(page, 'the picture for the app');
  await page.getByLabel('The code that it shows now').fill(code(await page.locator('.secret').innerText()));
  await page.getByRole('button', { name: 'Use this app' }).click();
  await expect(page.locator('.codes li')).toHaveCount(10);
  const [paper] = await page.locator('.codes li').allInnerTexts();
  await fits(page, 'the codes for paper');
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await fits(page, 'the page of the person');

  await page.goto(`${demo.url}/session/proof?next=/me`);
  await fits(page, 'the page that asks again');
  await context.clearCookies();
  await signIn(page);
  await expect(page.getByRole('heading', { name: 'One more step' })).toBeVisible();
  await fits(page, 'the second step');
  await page.getByLabel('Code').fill('000000');
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByRole('alert')).toBeFocused();
  await page.getByLabel('Code').fill(paper.toUpperCase());
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.waitForURL(`${demo.url}/me`);
  await expect(page.getByText('9 of 10 left')).toBeVisible();
  await page.getByRole('button', { name: /^Remove the authenticator app/ }).click();
  await expect(page.getByText('The app is removed.')).toBeVisible();
});
