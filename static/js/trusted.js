// The one Trusted Types policy of this origin. Markup comes only from our own server's fragments,
// script addresses only from this folder.
const here = new URL('.', import.meta.url);
const checks = {
  createHTML: (html) => html,
  createScriptURL: (url) => {
    const full = new URL(url, here);
    if (full.origin !== here.origin || !full.pathname.startsWith(here.pathname)) throw new TypeError(`Not ours: ${url}`);
    return full.href;
  },
};
const policy = globalThis.trustedTypes?.createPolicy('meridian', checks) ?? checks;

/** Parses a fragment as it would stand in any parent, so rows stay rows. */
export function parse(html) {
  const template = document.createElement('template');
  template.innerHTML = policy.createHTML(html);
  return template.content;
}

export const scriptURL = (name) => policy.createScriptURL(name);
