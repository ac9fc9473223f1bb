import { expect, test } from '@playwright/test';
import { api, demo, signIn } from './demo.js';

test('a lead drafts other hours, reads what they would do, and throws them away', async ({ page }) => {
  await signIn(page, 'cac_lead');
  await page.goto(`${demo.url}/routing`);
  await expect(page.getByRole('heading', { name: 'In which order it is decided' })).toBeVisible();
  await page.getByRole('button', { name: 'Change something' }).click();
  await page.goto(`${demo.url}/routing/draft/calendars/emea`);
  await page.getByLabel('Tuesday').fill('08:00-25:00');
  await page.getByRole('button', { name: 'Save the hours' }).click();
  await expect(page.getByRole('alert')).toContainText('another look');
  await expect(page.getByLabel('Tuesday')).toHaveValue('08:00-25:00');
  await page.getByLabel('Tuesday').fill('');
  await page.getByRole('button', { name: 'Save the hours' }).click();
  await page.goto(`${demo.url}/routing/draft`);
  await expect(page.locator('#changes li').first()).toContainText('emea');

  await page.getByRole('link', { name: 'Simulate', exact: true }).click();
  await expect(page.locator('#report')).toContainText('would go to another queue');

  await page.goto(`${demo.url}/routing/draft`);
  await page.getByRole('button', { name: 'Throw it away' }).click();
  await expect(page.getByRole('button', { name: 'Change something' })).toBeVisible();
});

test('the slider of the demo shows the hours to come and moves nothing by itself', async ({ page }) => {
  await signIn(page, 'cac_lead');
  await page.goto(`${demo.url}/handovers`);
  const before = await page.locator('#hours').innerText();
  const slider = page.locator('form[data-ahead] input[type=range]');
  await slider.focus();
  for (let step = 0; step < 6; step++) await slider.press('PageUp');
  await expect.poll(() => page.locator('#hours').innerText()).not.toBe(before);
  await slider.dispatchEvent('pointerup');
  await expect(page.getByRole('button', { name: 'Move the clock' })).toBeEnabled();
  await page.waitForTimeout(500);
  expect(await slider.inputValue()).not.toBe('0');
});

test('how a call found its queue is told to the desks and to the customer', async ({ page }) => {
  const { data: [call] } = await api('customer', 'GET', '/calls?limit=1');
  await signIn(page, 'customer');
  await page.goto(`${demo.url}/calls/${call.number}/routing`);
  await expect(page.getByRole('heading', { name: /^Why is this call in/ })).toBeVisible();
  await expect(page.getByText('What the router knew')).toHaveCount(0);
});
