// A demo as its README tells to start it: built, filled, serving. The tests look at what a newcomer sees.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = new URL('../..', import.meta.url).pathname;

/** What the demo prints, line by line, until it says that it is ready. */
function printed(child) {
  return new Promise((done, failed) => {
    const said = { logins: {}, tokens: {}, devices: {}, gateways: {} };
    const lines = createInterface({ input: child.stdout });
    child.once('exit', (code) => failed(new Error(`the demo ended with ${code} before it was ready`)));
    lines.on('line', (line) => {
      const [what, ...words] = line.split(' ');
      if (what === 'url') said.url = words[0];
      if (what === 'login') said.logins[words[0]] ??= { email: words[1], password: words.slice(2).join(' ') };
      if (what === 'token') said.tokens[words[0]] ??= words[1];
      if (what === 'device') said.devices[words[0]] = words[1];
      if (what === 'gateway') said.gateways[words[0]] = words[1];
      if (what === 'ready') done(said);
    });
  });
}

export default async function setup() {
  const data = mkdtempSync(join(tmpdir(), 'meridian-demo-'));
  const args = ['-s', 'demo', `ARGS=--port 0 --quiet-fleet --data ${data}`];
  const child = spawn('make', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const said = await printed(child);
  const file = join(data, 'printed.json');
  writeFileSync(file, JSON.stringify(said));
  process.env.BASE_URL = said.url;
  process.env.DEMO_PRINTED = file;
  return async () => {
    const ended = new Promise((done) => child.once('exit', done));
    process.kill(-child.pid, 'SIGTERM');
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
}
