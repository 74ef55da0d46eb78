// Requests to the daemons, through the console; and what of each daemon is well.

export class DaemonError extends Error {
  constructor(message, code, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

// Asks and decodes the answer: ask('tx/v1/status').
export async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(`/api/${path}`, options);
  } catch {
    throw new DaemonError('deepsc-console does not answer: is it running?', 'no_console', 0);
  }
  if (answer.status === 401) location.assign('/login');
  const body = await answer.json().catch(() => null);
  if (!answer.ok) {
    const error = body?.error;
    throw new DaemonError(error?.message ?? `HTTP ${answer.status}`, error?.code, answer.status);
  }
  return body;
}

export const isOver = (record) => ['acknowledged', 'failed', 'cancelled', 'expired'].includes(record.state);

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Hands on what happens to a transfer until it is over, through losses of the daemon too.
export async function follow(id, { onUpdate, onTrouble, signal }) {
  while (!signal.aborted) {
    try {
      const record = await ask(`tx/v1/transfers/${id}`, { signal });
      onTrouble(null);
      if (isOver(record)) return record;
    } catch (error) {
      if (signal.aborted) break;
      if (error.status === 404) throw error;
      onTrouble(error.message);
      await pause(1000);
      continue;
    }
    await new Promise((resolve) => {
      const events = new EventSource(`/api/tx/v1/transfers/${id}/events`);
      const end = () => {
        events.close();
        resolve();
      };
      events.onmessage = (event) => onUpdate(JSON.parse(event.data));
      events.onerror = end;
      signal.addEventListener('abort', end, { once: true });
    });
  }
  return null;
}

const known = [
  { name: 'tx-daemon', path: 'tx/v1/status' },
  { name: 'snr-relay', path: 'relay/v1/relay' },
  { name: 'rx-daemon', path: 'rx/v1/status' },
];

// Shows of each daemon whether it answers, for as long as the page is looked at; `seen` gets each answer, or null.
export async function watchDaemons(list, seen) {
  const items = known.map(({ name }) => {
    const item = document.createElement('li');
    item.textContent = name;
    item.id = `is-${name}`;
    list.append(item);
    return item;
  });
  for (;;) {
    if (!document.hidden) {
      await Promise.all(known.map(async ({ name, path }, index) => {
        const item = items[index];
        try {
          const answer = await ask(path);
          const troubles = answer.troubles ?? [];
          item.className = troubles.length ? 'ill' : 'well';
          item.textContent = troubles.length ? `${name}: ${troubles.join('; ')}` : `${name} ✓`;
          seen(name, answer);
        } catch (error) {
          item.className = 'away';
          item.textContent = error.status === 404 ? `${name}: not configured` : `${name} does not answer`;
          seen(name, null);
        }
      }));
    }
    await pause(2000);
  }
}
