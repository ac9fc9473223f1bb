// One EventSource for all tabs of this browser. Tabs say {topics: […]}; they hear {topic, pos}, {resync: true}
// when something may have been missed, and {state: 'open'|'lost'}.
const tabs = new Map();
let source = null;
let listening = '';
let failures = 0;
let timer;

const tell = (message, wants = () => true) => {
  for (const [port, topics] of tabs) if (wants(topics)) port.postMessage(message);
};
const union = () => [...new Set([...tabs.values()].flat())].sort().join(',');

/** The new stream opens before the old one ends, so nothing falls between them. */
function open() {
  clearTimeout(timer);
  const topics = union();
  if (topics === listening && source && source.readyState !== EventSource.CLOSED) return;
  const before = source;
  listening = topics;
  if (!topics) { source = null; before?.close(); return; }
  const stream = new EventSource(`/live?topics=${encodeURIComponent(topics)}`);
  source = stream;
  stream.onopen = () => {
    before?.close();
    // What changed between the making of a page and this moment was told to nobody.
    tell({ resync: true });
    failures = 0;
    tell({ state: 'open' });
  };
  stream.addEventListener('changed', (event) => {
    const change = JSON.parse(event.data);
    tell(change, (wanted) => wanted.includes(change.topic));
  });
  stream.onerror = () => {
    tell({ state: 'lost' });
    if (stream !== source || stream.readyState !== EventSource.CLOSED) return;
    before?.close();
    failures += 1;
    timer = setTimeout(open, Math.random() * Math.min(30_000, 1000 * 2 ** failures));
  };
}

onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data.topics?.length) tabs.set(port, data.topics);
    else tabs.delete(port);
    clearTimeout(timer);
    timer = setTimeout(open, failures ? 1000 : 50);
  };
};
