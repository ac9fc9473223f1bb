// Every page works without these modules; each one only makes a page that works already nicer.
import './theme.js';
import './time.js';
import './keys.js';
import './forms.js';
import './live.js';
import './ahead.js';
import './passkeys.js';
