// <time datetime data-rel>        "in 38 min", "4 min ago"
// <time datetime data-rel="due">  "38 min", "12 min late", and the class soon, now or late
// <time datetime data-rel="by">   "in 38 min", "12 min late"
// <time datetime data-rel="age">  "24 min"
// <time datetime data-local="time|date|both">  the viewer's own zone; the title always has UTC
const MINUTE = 60_000;
const DAY = 1440;
const shapes = {
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  date: { day: 'numeric', month: 'short' },
};
shapes.both = { weekday: 'short', ...shapes.date, ...shapes.time };
const lang = document.documentElement.lang || 'en';
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

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
  const left = Math.round((at - Date.now()) / MINUTE);
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

/** The day is named where it is not today, the year where it is not this one. */
function near(at) {
  const now = new Date();
  if (at.toDateString() === now.toDateString()) return shapes.time;
  return at.getFullYear() === now.getFullYear() ? shapes.both : { ...shapes.date, year: 'numeric', ...shapes.time };
}

function local(element, at) {
  const other = new Intl.DateTimeFormat(lang, shapes[element.dataset.local] ?? near(at)).format(at);
  return other.replaceAll(',', '');
}

const put = (element, text) => { if (element.textContent !== text) element.textContent = text; };

export function refresh(root = document) {
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
