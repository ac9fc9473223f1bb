// The demo's clock as a slider: dragging shows the hours to come, the button moves the clock: for everybody, and never back.
import { Idiomorph } from '../vendor/idiomorph.js';
import { parse } from './trusted.js';

const PAUSE = 80;

function slider(form) {
  const select = form.querySelector('select');
  const range = Object.assign(document.createElement('input'), { type: 'range', id: select.id, name: select.name, min: 0, max: 1440, step: 10, value: 0 });
  const hours = document.getElementById('hours');
  let timer;
  let asked = 0;
  async function show() {
    const mine = ++asked;
    const answer = await fetch(form.dataset.ahead + range.value, { credentials: 'same-origin', cache: 'no-store' });
    if (!answer.ok || answer.redirected || mine !== asked) return;
    Idiomorph.morph(hours, parse(await answer.text()), { morphStyle: 'innerHTML' });
  }
  range.setAttribute('aria-describedby', hours.id);
  range.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => show().catch(() => {}), PAUSE);
    form.querySelector('button').disabled = range.value === '0';
  });
  form.querySelector('button').disabled = true;
  select.replaceWith(range);
}

document.querySelectorAll('form[data-ahead]').forEach(slider);
