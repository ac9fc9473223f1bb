// The wall board looks at its fragment every ten seconds. Who may not look any more is shown nothing old.
import { Idiomorph } from '../vendor/idiomorph.js';
import { parse } from './trusted.js';

const PERIOD = 10_000;
const board = document.querySelector('[data-board]');

async function look() {
  try {
    const answer = await fetch(board.dataset.board, { credentials: 'same-origin', cache: 'no-store' });
    if (answer.redirected || [401, 403, 404].includes(answer.status)) return location.reload();
    if (!answer.ok) throw new Error(answer.status);
    Idiomorph.morph(board, parse(await answer.text()), { morphStyle: 'innerHTML' });
  } catch {
    // The last state stays readable, and says that it is old.
    board.querySelector('.lost').hidden = false;
  }
  return setTimeout(look, PERIOD);
}

setTimeout(look, PERIOD);
