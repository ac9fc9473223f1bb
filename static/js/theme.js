// Theme and density: the form posts to /ui without scripts; here the cookie is set at once and the page stays.
const root = document.documentElement;

document.addEventListener('submit', (event) => {
  const form = event.target.closest('[data-ui]');
  const button = event.submitter;
  if (!form || !button?.name) return;
  event.preventDefault();
  root.dataset[button.name] = button.value;
  const [name, secure] = isSecureContext ? ['__Host-ui', '; Secure'] : ['ui', ''];
  const looks = `${root.dataset.theme}.${root.dataset.density}`;
  document.cookie = `${name}=${looks}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  for (const other of form.querySelectorAll('button')) other.toggleAttribute('aria-current', other === button);
  button.setAttribute('aria-current', 'true');
});

// A menu closes by Escape and by a click elsewhere.
const openMenus = () => document.querySelectorAll('details.menu[open]');
document.addEventListener('click', (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector('summary').focus();
  }
});

// Printing is the browser's; a button for it is of use only where there are scripts.
for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
}
