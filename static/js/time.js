// <time datetime data-rel>        "in 38 min", "4 min ago"
// <time datetime data-rel="due">  "38 min", "12 min late", and the class soon, now or late
// <time datetime data-rel="by">   "in 38 min", "12 min late"
// <time datetime data-rel="age">  "24 min"
// <time datetime data-local="time|date|both">  the viewer's own zone; the title always has UTC
// <span data-yours="zones" hidden>  shown where the viewer's clock differs from those of these zones
const MINUTE = 60_000;
const DAY = 1440;
const shapes = {
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  date: { day: 'numeric', month: 'short' },
};
shapes.both = { weekday: 'short', ...shapes.date, ...shapes.time };
const told = document.documentElement.dataset.now;
// A demo may be ahead of the browser's clock.
const ahead = told ? Date.parse(told) - Date.now() : 0;
const present = () => Date.now() + ahead;
// Day before month, as the server writes it.
const lang = document.documentElement.lang === 'en' ? 'en-GB' : document.documentElement.lang;
// What somebody has chosen for themselves goes before what the browser says.
const zone = document.documentElement.dataset.zone || Intl.DateTimeFormat().resolvedOptions().timeZone;

/** 38 min, 2 h 10, 3 h, 4 d: as the server writes it. */
function span(minutes) {
  if (minutes < 60) return `${minutes} min`;
  if (minutes >= DAY) return `${Math.floor(minutes / DAY)} d`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest ? ` ${String(rest).padStart(2, '0')}` : ''}`;
}

function tone(minutes) {
  if (minutes < 0) return 'late';
  if (minutes <= 15) return 'now';
  return minutes <= 60 ? 'soon' : '';
}

function relative(element, at) {
  const left = Math.round((at - present()) / MINUTE);
  const far = span(Math.abs(left));
  const kind = element.dataset.rel;
  if (kind === 'due') {
    const due = element.closest('.due');
    due?.classList.remove('soon', 'now', 'late');
    if (tone(left)) due?.classList.add(tone(left));
  }
  if (kind === 'age') return far;
  if (kind === 'due') return left < 0 ? `${far} late` : far;
  if (left > 0) return `in ${far}`;
  if (kind === 'by') return `${far} late`;
  return left === 0 ? 'just now' : `${far} ago`;
}

/** 2026-11-23 14:33 on the wall of a place. */
const wall = (at, timeZone) => new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeStyle: 'short', timeZone }).format(at);

/** The day is named where it is not today, the year where it is not this one. */
function near(at) {
  const [then, now] = [wall(at, zone), wall(new Date(present()), zone)];
  if (then.slice(0, 10) === now.slice(0, 10)) return shapes.time;
  return then.slice(0, 4) === now.slice(0, 4) ? shapes.both : { ...shapes.date, year: 'numeric', ...shapes.time };
}

function local(element, at) {
  const shape = shapes[element.dataset.local] ?? near(at);
  const other = new Intl.DateTimeFormat(lang, { ...shape, timeZone: zone }).format(at);
  return other.replaceAll(',', '');
}

const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };

function yours(element) {
  const time = element.querySelector('time');
  const at = new Date(time.dateTime);
  const others = element.dataset.yours.split(' ').map((place) => wall(at, place));
  element.hidden = others.includes(wall(at, zone));
  if (!element.hidden) put(time, local(time, at));
}

export function refresh(root = document) {
  for (const element of root.querySelectorAll('[data-yours]')) yours(element);
  for (const element of root.querySelectorAll('time[data-rel], time[data-local]')) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    put(element, 'rel' in element.dataset ? relative(element, at) : local(element, at));
    const mine = new Intl.DateTimeFormat(lang, { ...shapes.both, year: 'numeric', timeZone: zone }).format(at);
    element.title = `${mine} ${zone} · ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  }
}

refresh();
setInterval(refresh, 30_000);
document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
