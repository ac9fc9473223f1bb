import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

// Debian's browser: Playwright's own download is blocked on many networks.
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

// As root in a container there is no sandbox; the rest keeps the browser from talking to anyone but us.
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const setup = './global-setup.js';

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.js',
  // Starts the portal and puts its address into BASE_URL.
  globalSetup: existsSync(new URL(setup, import.meta.url)) ? setup : undefined,
  outputDir: 'shots',
  forbidOnly: Boolean(process.env.CI),
  workers: 2,
  // Generous: a slow machine is no defect of the portal, and nothing here is a stopwatch.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: process.env.CI || !process.stdout.isTTY ? 'list' : 'line',
  use: {
    browserName: 'chromium',
    actionTimeout: 20_000,
    headless: true,
    launchOptions: { executablePath, args },
    locale: 'en-GB',
    timezoneId: 'UTC',
    screenshot: 'only-on-failure',
  },
});
