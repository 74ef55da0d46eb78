// What the receiver has, the latest first.

import { ask } from './daemons.js';

const byID = (id) => document.getElementById(id);
const page = 12;

export class Gallery {
  #count = page;
  #shown = '';

  constructor() {
    byID('more').addEventListener('click', () => {
      this.#count += 2 * page;
      this.refresh();
    });
  }

  async refresh() {
    const said = byID('gallery-said');
    let receptions;
    try {
      ({ receptions } = await ask(`rx/v1/receptions?limit=${this.#count + 1}`));
    } catch (error) {
      said.textContent = error.status === 404 ? 'The receiver is on another host: its pictures are there.' : error.message;
      return;
    }
    byID('more').hidden = receptions.length <= this.#count;
    receptions = receptions.slice(0, this.#count);
    said.textContent = receptions.length ? '' : 'Nothing yet.';
    const shown = receptions.map(({ id, pictureDigest }) => id + pictureDigest).join();
    if (shown === this.#shown) return;
    this.#shown = shown;
    byID('gallery').replaceChildren(...receptions.map(item));
  }
}

function item(reception) {
  const li = document.createElement('li');
  li.dataset.id = reception.id;
  const frame = document.createElement('div');
  frame.className = 'frame';
  const path = `/api/rx/v1/receptions/${reception.id}/picture`;
  if (reception.doubts?.isWithheld) {
    frame.textContent = 'withheld';
  } else {
    const link = document.createElement('a');
    link.href = path;
    link.download = `${reception.id}.png`;
    const picture = new Image();
    picture.loading = 'lazy';
    // Another picture of the same address where a draft was replaced.
    picture.src = `${path}#${reception.pictureDigest.slice(0, 8)}`;
    picture.alt = `received ${new Date(reception.received).toLocaleString()}`;
    picture.onerror = () => frame.replaceChildren('no longer kept');
    link.append(picture);
    frame.append(link);
  }
  const text = document.createElement('p');
  const person = reception.likeness ? `, same person ${Math.round(reception.likeness.samePerson * 100)} %` : '';
  text.textContent = `${reception.isDraft ? 'a first picture, ' : ''}${reception.snrDecibels.toFixed(1)} dB${person}`;
  if (reception.doubts) {
    text.className = 'doubt';
    text.textContent += `: ${reception.doubts.words}`;
  }
  li.append(frame, text);
  return li;
}
