// The relay's channel: sliders that change it, and what it is set to.

import { ask } from './daemons.js';

const byID = (id) => document.getElementById(id);

// What each control changes, and where its value is in the relay's status.
const controls = [
  {
    id: 'snr', read: (status) => status.snr_db, change: (value) => ({ snr_db: Number(value) }),
    show: (value) => `${Number(value)} dB`,
  },
  {
    id: 'loss', read: (status) => status.forward.faults.loss, change: (value) => ({ forward: { loss: Number(value) } }),
    show: (value) => `${Math.round(value * 100)} %`,
  },
  {
    id: 'fading', read: (status) => status.channel.fading,
    change: (value) => ({ channel: { fading: value } }),
  },
  {
    id: 'doppler', read: (status) => status.channel.doppler_hz,
    change: (value) => ({ channel: { doppler_hz: Number(value), block_symbols: 0 } }),
    show: (value) => `${Number(value)} Hz`,
  },
];

export class Channel {
  // As it is set now; null while nobody knows.
  status = null;

  constructor() {
    for (const control of controls) {
      const input = byID(control.id);
      input.addEventListener('input', () => this.#write(control, input.value));
      input.addEventListener('change', () => this.#send(
        'relay/v1/relay',
        { method: 'PATCH', body: JSON.stringify(control.change(input.value)) },
      ));
    }
    byID('profile').addEventListener('change', (event) => {
      if (event.target.value) {
        this.#send(`relay/v1/relay/profiles/${encodeURIComponent(event.target.value)}`, { method: 'POST' });
      }
    });
  }

  // Shows what the relay says; null: it says nothing.
  show(status) {
    this.status = status;
    byID('settings').disabled = !status;
    if (!status) {
      byID('channel-said').textContent = 'No relay answers: the channel cannot be changed from here.';
      return;
    }
    for (const control of controls) {
      const input = byID(control.id);
      // Not under the hand that moves it.
      if (document.activeElement === input && input.type === 'range' && input.matches(':active')) continue;
      input.value = control.read(status);
      this.#write(control, control.read(status));
    }
    const profiles = byID('profile');
    if (profiles.options.length !== status.profiles.length + 1) {
      profiles.replaceChildren(new Option('as set above', ''), ...status.profiles.map((name) => new Option(name, name)));
    }
    profiles.value = status.profile ?? '';
    const counts = Object.entries(status.forward.fates).filter(([, count]) => count);
    byID('channel-said').textContent =
      `Packets: ${[`${status.forward.received} received`, ...counts.map(([fate, n]) => `${n} ${fate}`)].join(', ')}.`;
  }

  #write(control, value) {
    if (control.show) byID(`${control.id}-shown`).textContent = control.show(value);
  }

  async #send(path, options) {
    try {
      this.show(await ask(path, options));
    } catch (error) {
      byID('channel-said').textContent = error.message;
    }
  }
}
