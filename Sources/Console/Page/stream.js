// Streams of faces: what the receiver shows of them, and the camera's own.

import { ask } from './daemons.js';

const byID = (id) => document.getElementById(id);

// The receiver's streams that are not over, each as it is shown.
export class Live {
  #items = new Map();

  // `own` is the camera's stream.
  async refresh(own) {
    let streams;
    try {
      ({ streams } = await ask('rx/v1/streams'));
    } catch {
      streams = [];
    }
    const running = new Map(streams.filter(({ isOver }) => !isOver).map((stream) => [stream.id, stream]));
    for (const [id, item] of this.#items) {
      if (running.has(id)) continue;
      // Ends the request for its pictures.
      item.querySelector('img').removeAttribute('src');
      item.remove();
      this.#items.delete(id);
    }
    for (const [id, stream] of running) {
      const item = this.#items.get(id) ?? this.#begin(id);
      const snr = stream.snrDecibels === undefined ? '' : `, ${stream.snrDecibels.toFixed(1)} dB`;
      const lost = stream.missing ? `, ${stream.missing} missing` : '';
      item.querySelector('p').textContent =
        `${id === own ? 'your camera: ' : ''}${stream.shown} of ${stream.received} frames shown${lost}${snr}`;
    }
    byID('live-section').hidden = !this.#items.size;
  }

  #begin(id) {
    const item = document.createElement('li');
    item.dataset.id = id;
    const picture = new Image();
    picture.src = `/api/rx/v1/streams/${id}/live`;
    picture.alt = 'the face as the receiver shows it';
    item.append(picture, document.createElement('p'));
    byID('live').append(item);
    this.#items.set(id, item);
    return item;
  }
}

// Sends what a video shows, frame by frame, as long as it is wanted.
export class CameraStream {
  #running = null;
  #sentence;
  id = null;

  // `sentence` tells what is to be changed; nothing when it is empty.
  constructor(sentence) { this.#sentence = sentence; }

  get isRunning() { return this.#running !== null; }

  stop() { this.#running = null; }

  async run(video, said, button) {
    const running = this.#running = {};
    const words = button.textContent;
    button.textContent = 'Stop';
    const canvas = document.createElement('canvas');
    // A detector needs no more.
    const scale = Math.min(1, 480 / video.videoHeight);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    const shoot = () => new Promise((resolve) => {
      canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
      canvas.toBlob(resolve, 'image/jpeg', 0.9);
    });
    const sentence = this.#sentence();
    const query = sentence ? `?sentence=${encodeURIComponent(sentence)}` : '';
    const fates = { sent: 0 };
    const returned = byID('returned');
    returned.onerror = () => { returned.hidden = true; };
    try {
      const stream = await ask(`tx/v1/streams${query}`, { method: 'POST', body: await shoot() });
      this.id = stream.id;
      const began = performance.now();
      while (this.#running === running) {
        const at = Math.round(performance.now() - began);
        const { fate } = await ask(`tx/v1/streams/${stream.id}/frames?at=${at}`, { method: 'POST', body: await shoot() });
        fates[fate] = (fates[fate] ?? 0) + 1;
        if (fates.sent === 2 && returned.hidden) {
          returned.hidden = false;
          returned.src = `/api/rx/v1/streams/${stream.id}/live`;
        }
        said.textContent = fate === 'starting'
          ? 'The first picture is on its way: hold still or not, it takes some seconds.'
          : fate === 'no_face' ? 'There is no face in the picture.'
            : `Streaming: ${fates.sent} frames sent.`;
        // While nothing is sent there is no hurry.
        await new Promise((resolve) => setTimeout(resolve, fate === 'sent' ? 20 : 500));
      }
      await ask(`tx/v1/streams/${stream.id}`, { method: 'DELETE' });
      said.textContent = 'The stream is over.';
    } catch (error) {
      said.textContent = error.message;
    }
    returned.hidden = true;
    returned.removeAttribute('src');
    button.textContent = words;
    if (this.#running === running) this.#running = null;
    this.id = null;
  }
}
