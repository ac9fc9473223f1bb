// What the specs share: the demo's people, and how they come in.
import { readFileSync } from 'node:fs';

export const demo = JSON.parse(readFileSync(process.env.DEMO_PRINTED, 'utf8'));

export async function signIn(page, role, url = demo.url) {
  const { email, password } = demo.logins[role];
  await page.goto(`${url}/session/new`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/session'));
}

/** The API as one of the demo's people. */
export async function api(role, method, path, body) {
  const answer = await fetch(`${demo.url}/api/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${demo.tokens[role]}`, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** A system that the demo's customer may file a call for. */
export async function ownSystem() {
  const { data } = await api('customer', 'GET', '/systems?limit=1');
  return data[0];
}

/** One address of each kind of page that a role has. */
export async function pagesOf(role) {
  const { data: calls } = await api(role, 'GET', '/calls?limit=1');
  const { data: systems } = await api(role, 'GET', '/systems?limit=1');
  const { data: sites } = await api(role, 'GET', '/sites');
  const own = [
    '/calls', '/calls?status=closed', `/calls/${calls[0].number}`, '/systems', `/systems/${systems[0].serial}`,
    `/systems/${systems[0].serial}/history`, `/systems/${systems[0].serial}/availability`,
    '/sites', `/sites/${sites[0].site_code}`, `/sites/${sites[0].site_code}/availability`, '/search?q=fan', '/notifications', '/me', '/calls/C-1234567-0',
  ];
  const by = {
    customer: ['/', '/calls/new', '/calls/new?system=' + systems[0].serial],
    customer_admin: ['/', '/admin/people', '/admin/people/new', '/admin/contracts'],
    partner: ['/review', '/calls/new', '/admin/relations'],
    cac_lead: ['/queues', '/admin/people', '/admin/people/new', '/board'],
    engineer: ['/queues', `/queues/${calls[0].queue}`, '/calls/new'],
    admin: ['/queues', '/admin/messages', '/admin/imports', '/admin/people', '/admin/people/new?account=provider', '/admin/accounts', '/admin/contracts', '/admin/relations', '/admin/tokens', '/admin/audit', '/routing', '/handovers', '/board', '/reports', '/maintenance-windows/new'],
  };
  return [...(by[role] ?? []), ...own];
}
