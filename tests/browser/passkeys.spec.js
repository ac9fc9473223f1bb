// Passkeys in a real browser, with an authenticator that Chromium makes up.
import { expect, test } from '@playwright/test';
import { demo, signIn } from './demo.js';

// A passkey belongs to a name, never to a number.
const url = demo.url.replace('127.0.0.1', 'localhost');

/** A browser whose device verifies its owner without asking. */
async function device(browser) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => /Content Security|TrustedHTML|TrustedScript/.test(message.text()) && errors.push(message.text()));
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
    isUserVerified: true, automaticPresenceSimulation: true,
  } });
  return { page, cdp, authenticatorId, errors };
}

async function signOut(page) {
  await page.context().clearCookies();
  await page.goto(`${url}/session/new?next=/calls`);
}

test('a passkey is made, signs in without a password and is removed', async ({ browser }) => {
  const { page, cdp, authenticatorId, errors } = await device(browser);
  await signIn(page, 'customer', url);
  await page.goto(`${url}/me`);
  await page.getByRole('button', { name: 'Make a passkey on this device' }).click();
  await page.waitForURL(/said=passkey/);
  await expect(page.getByRole('button', { name: /^Remove .* on / })).toHaveCount(1);

  await page.getByRole('button', { name: 'Make a passkey on this device' }).click();
  await expect(page.getByText('This device has a passkey for you already.')).toBeVisible();

  await signOut(page);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.waitForURL(`${url}/calls`);

  await page.goto(`${url}/me`);
  await page.locator('#passkeys summary').click();
  await page.getByLabel('Name of this passkey').fill('Desk in Lyon');
  await page.getByRole('button', { name: 'Rename' }).click();
  await expect(page.locator('#passkeys summary')).toHaveText('Desk in Lyon');

  // A device that does not know its owner is no passkey.
  await signOut(page);
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByText('No passkey was used.')).toBeVisible();
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await page.waitForURL(`${url}/calls`);

  await page.goto(`${url}/me`);
  await page.getByRole('button', { name: 'Remove Desk in Lyon' }).click();
  await expect(page.getByText('None yet.')).toBeVisible();
  await signOut(page);
  await page.getByRole('button', { name: 'Use a passkey' }).click();
  await expect(page.getByText('This passkey does not open anything here.')).toBeVisible();
  expect(errors).toEqual([]);
});

test('where a passkey cannot work, none is offered', async ({ browser }) => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${url.replace('localhost', '127.0.0.1')}/session/new`);
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Use a passkey' })).toBeHidden();
});
