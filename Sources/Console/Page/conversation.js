// One photo and what is said about it, turn by turn.

import { ask, follow, isOver } from './daemons.js';
import { bars, chances, constellation, ratios } from './plots.js';

const byID = (id) => document.getElementById(id);
const stages = ['photo', 'aligned', 'inverted', 'edited', 'received'];
const order = ['queued', 'aligning', 'inverting', 'editing', 'sending', 'acknowledged'];
// Which stage's picture is at work in a state.
const working = { aligning: 'aligned', inverting: 'inverted', editing: 'edited', sending: 'received' };
const storage = 'deepsc-session';

export class Conversation {
  #session = null;
  #turns = [];
  #shown = null;
  #photoURL = null;
  #draftURL = null;
  #following = null;
  #isSubmitting = false;

  // - channel: knows what the relay is set to.
  // - arrived: called when a picture has been received.
  constructor({ channel, arrived }) {
    this.channel = channel;
    this.arrived = arrived;
    for (const name of stages) byID('stages').append(makeFigure(name));
    byID('undo').addEventListener('click', () => this.say('undo'));
    byID('redo').addEventListener('click', () => this.say('redo'));
    byID('fresh').addEventListener('click', () => this.#forget('Choose a photo with a face in it.'));
    byID('earlier').addEventListener('toggle', () => this.#listSessions());
    constellation(byID('constellation'), null);
  }

  get isBusy() {
    const last = this.#turns.at(-1);
    return this.#isSubmitting || (last !== undefined && !isOver(last) && last.state !== 'sending');
  }

  get hasSession() { return this.#session !== null; }

  // Takes up a conversation, that which the browser remembers where none is named.
  async resume(id = localStorage.getItem(storage)) {
    if (!id) return;
    try {
      await this.#load(id);
    } catch (error) {
      if (error.status === 404) localStorage.removeItem(storage);
      else {
        this.#tell(error.message, true);
        setTimeout(() => this.#session ?? this.resume(id), 2000);
      }
      return;
    }
    localStorage.setItem(storage, this.#session);
    const last = this.#turns.at(-1);
    if (!last) return;
    this.#show(last.id);
    if (isOver(last)) this.#tell('Go on with a sentence, or choose another photo.');
    else this.#follow(last.id);
  }

  // A new face: `photo` is a file. Says whether it was taken.
  async begin(photo, sentence, symbols) {
    this.#forget('Sending the photo …');
    this.#photoURL = URL.createObjectURL(photo);
    setPicture('photo', this.#photoURL, photo.name);
    const more = symbols ? `&symbols=${symbols}` : '';
    return this.#submit(`tx/v1/sessions?sentence=${encodeURIComponent(sentence)}${more}`, photo);
  }

  // The next sentence about the same face.
  async say(sentence) {
    if (!this.#session || this.isBusy) return false;
    return this.#submit(`tx/v1/sessions/${this.#session}/turns?sentence=${encodeURIComponent(sentence)}`, null);
  }

  async #submit(path, body) {
    this.#isSubmitting = true;
    this.#buttons();
    try {
      const record = await ask(path, { method: 'POST', body, headers: { 'Idempotency-Key': crypto.randomUUID() } });
      this.#session = record.session ?? record.id;
      localStorage.setItem(storage, this.#session);
      this.#put(record);
      this.#dropDraft();
      byID('sentence').value = '';
      this.#show(record.id);
      this.#follow(record.id);
      return true;
    } catch (error) {
      this.#tell(error.message, true);
      return false;
    } finally {
      this.#isSubmitting = false;
      this.#buttons();
    }
  }

  async #follow(id) {
    this.#following?.abort();
    this.#following = new AbortController();
    const { signal } = this.#following;
    try {
      const record = await follow(id, {
        signal,
        onUpdate: (update) => this.#update(update),
        onTrouble: (message) => {
          if (message) this.#tell(`${message} Waiting for it …`, true);
        },
      });
      if (!record || signal.aborted) return;
      this.#put(record);
      if (record.reception) {
        if (this.channel.status) remember(record.id, this.channel.status.snr_db);
        this.arrived();
      }
      await this.#load(this.#session);
      await this.#show(record.id);
      this.#tell(...summary(record));
    } catch (error) {
      if (!signal.aborted) this.#tell(error.message, true);
    }
    this.#buttons();
  }

  async #load(id) {
    const session = await ask(`tx/v1/sessions/${id}`);
    this.#session = session.id;
    this.#turns = session.turns;
    this.canUndo = session.canUndo;
    this.canRedo = session.canRedo;
    this.#list();
    this.#listSessions();
    this.#buttons();
  }

  #put(record) {
    const index = this.#turns.findIndex(({ id }) => id === record.id);
    if (index < 0) this.#turns.push(record);
    else this.#turns[index] = record;
    this.#list();
  }

  #update(update) {
    const record = this.#turns.find(({ id }) => id === update.id);
    if (!record) return;
    const isNews = record.state !== update.state;
    record.state = update.state;
    byID('progress').value = (Math.max(0, order.indexOf(update.state)) + update.fraction) / (order.length - 1);
    this.#tell(update.note || update.state);
    if (isNews && this.#shown === update.id) this.#show(update.id);
    if (update.hasDraft) this.#showDraft(update.id);
    this.#buttons();
  }

  // Shows what the receiver has drawn of a transfer that is still worked on.
  async #showDraft(id) {
    const answer = await fetch(`/api/rx/v1/receptions/${id}/picture`).catch(() => null);
    const record = this.#turns.find((turn) => turn.id === id);
    if (!answer?.ok || this.#shown !== id || !record || isOver(record)) return;
    this.#draftURL = URL.createObjectURL(await answer.blob());
    setPicture('received', this.#draftURL, `${id}-draft.png`, 'received: a first picture');
    this.arrived();
  }

  // Shows a turn's pictures and figures.
  async #show(id) {
    this.#shown = id;
    const record = this.#turns.find((turn) => turn.id === id);
    if (!record) return;
    const done = order.indexOf(record.state);
    const pictures = `/api/tx/v1/transfers/${id}/pictures`;
    ['aligned', 'inverted', 'edited'].forEach((name, index) => {
      const isThere = isOver(record) ? record.seconds[['aligning', 'inverting', 'editing'][index]] !== undefined
        || record.parent || record.state === 'acknowledged' : done > index + 1;
      setPicture(name, isThere ? `${pictures}/${name}` : null, `${id}-${name}.png`);
    });
    const isHere = record.state === 'acknowledged';
    const hasDraft = !isOver(record) && this.#draftURL && byID('stage-received').dataset.source === this.#draftURL;
    if (!hasDraft) setPicture('received', isHere ? `/api/rx/v1/receptions/${id}/picture` : null, `${id}-received.png`);
    for (const name of stages) {
      byID(`stage-${name}`).querySelector('.frame').classList.toggle('busy', working[record.state] === name);
    }
    if (!this.#photoURL) byID('stage-photo').querySelector('.frame').textContent = 'not kept here';
    if (isOver(record)) byID('progress').value = isHere ? 1 : 0;
    const verdict = byID('verdict');
    verdict.textContent = doubts(record).join(' · ');
    verdict.className = 'doubt';
    const link = byID('record');
    link.hidden = false;
    link.href = `/api/tx/v1/transfers/${id}`;
    link.download = `${id}.json`;
    this.#list();
    this.#plot(record);
    const signal = isHere ? await ask(`rx/v1/receptions/${id}/signal`).catch(() => null) : null;
    if (this.#shown === id) constellation(byID('constellation'), signal);
  }

  #plot(record) {
    const received = this.#turns.filter((turn) => turn.reception);
    ratios(byID('snr-plot'), received.map((turn) => ({
      estimated: turn.reception.snrDecibels, set: remembered(turn.id),
    })));
    chances(byID('likeness-plot'), received.map((turn) => turn.reception.quality?.samePerson ?? null));
    bars(byID('seconds-plot'), Object.entries(record.seconds ?? {})
      .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
    const { signal, reception, likeness } = record;
    const quality = reception?.quality;
    const figures = [
      ['asked for', record.request],
      ['sent: likeness to the photo', likeness && `SFace ${likeness.cosine.toFixed(2)}, LPIPS ${likeness.lpips.toFixed(2)}`],
      ['symbols', signal && `${signal.symbols} complex for ${signal.reals} reals, ${signal.pilots} pilots`],
      ['CBR', signal && `${signal.cbrReals.toFixed(5)} as reals, ${signal.cbrTotal.toFixed(5)} with everything`],
      ['first picture', record.draft && `after ${record.draft.seconds.toFixed(1)} s`],
      ['sent', signal && `${signal.attempts} time${signal.attempts === 1 ? '' : 's'}`],
      ['made for', Number.isFinite(signal?.designSNR) ? `${signal.designSNR} dB` : null],
      ['estimated Es/N0', reception && `${reception.snrDecibels.toFixed(1)} dB`],
      ['lost symbols', reception && `${reception.erasures}`],
      ['expected LPIPS', quality && quality.lpips.toFixed(2)],
      ['same person', quality && `${Math.round(quality.samePerson * 100)} %`],
      ['shows', quality && Object.entries(quality.degrees).map(([name, degree]) => `${name} ${degree}`).join(', ')],
    ];
    byID('figures').replaceChildren(...figures.filter(([, text]) => text).flatMap(([name, text]) => [
      Object.assign(document.createElement('dt'), { textContent: name }),
      Object.assign(document.createElement('dd'), { textContent: text }),
    ]));
  }

  #list() {
    byID('turns').replaceChildren(...this.#turns.map((record) => {
      const { li, button } = makeEntry(record.sentence, explain(record), () => this.#show(record.id));
      li.dataset.state = record.state;
      button.className = record.id === this.#shown ? 'shown' : '';
      button.setAttribute('aria-pressed', record.id === this.#shown);
      return li;
    }));
  }

  // The conversations that the transmitter keeps, whoever began them.
  async #listSessions() {
    if (!byID('earlier').open) return;
    const { sessions } = await ask('tx/v1/sessions').catch(() => ({ sessions: [] }));
    byID('sessions').replaceChildren(...sessions.slice(0, 20).map(({ id, updated, turns, sentence }) => {
      const extent = `${turns} sentence${turns === 1 ? '' : 's'}, ${new Date(updated).toLocaleString()}`;
      const { li, button } = makeEntry(sentence, extent, () => {
        this.#forget('');
        this.resume(id);
      });
      button.disabled = id === this.#session;
      return li;
    }));
    if (!sessions.length) byID('sessions').textContent = 'None.';
  }

  #buttons() {
    const busy = this.isBusy;
    byID('undo').disabled = busy || !this.canUndo;
    byID('redo').disabled = busy || !this.canRedo;
    byID('fresh').disabled = !this.#session;
    byID('send').disabled = busy;
  }

  #forget(text) {
    this.#following?.abort();
    if (this.#photoURL) URL.revokeObjectURL(this.#photoURL);
    this.#dropDraft();
    this.#session = this.#photoURL = this.#shown = null;
    this.#turns = [];
    this.canUndo = this.canRedo = false;
    localStorage.removeItem(storage);
    for (const name of stages) {
      setPicture(name, null);
      byID(`stage-${name}`).querySelector('.frame').classList.remove('busy');
    }
    byID('progress').value = 0;
    byID('verdict').textContent = '';
    byID('record').hidden = true;
    byID('figures').replaceChildren();
    for (const plot of ['snr-plot', 'likeness-plot', 'seconds-plot']) byID(plot).replaceChildren();
    constellation(byID('constellation'), null);
    this.#list();
    this.#buttons();
    this.#tell(text);
  }

  #dropDraft() {
    if (this.#draftURL) URL.revokeObjectURL(this.#draftURL);
    this.#draftURL = null;
  }

  #tell(text, isTrouble = false) {
    byID('said').textContent = text;
    byID('said').className = isTrouble ? 'trouble' : '';
  }
}

// An entry of a list: a sentence to press, and more about it.
function makeEntry(sentence, more, press) {
  const li = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = sentence;
  button.addEventListener('click', press);
  const detail = document.createElement('span');
  detail.className = 'detail';
  detail.textContent = ` ${more}`;
  li.append(button, detail);
  return { li, button };
}

function makeFigure(name) {
  const figure = document.createElement('figure');
  figure.id = `stage-${name}`;
  figure.className = name;
  const frame = document.createElement('div');
  frame.className = 'frame';
  const caption = document.createElement('figcaption');
  caption.textContent = name;
  figure.append(frame, caption);
  return figure;
}

// Shows a stage's picture, with a link to it; null takes it away.
function setPicture(name, source, file, caption = name) {
  const figure = byID(`stage-${name}`);
  const frame = figure.querySelector('.frame');
  figure.querySelector('figcaption').textContent = caption;
  if (figure.dataset.source === (source ?? '')) return;
  figure.dataset.source = source ?? '';
  if (!source) return frame.replaceChildren();
  const link = document.createElement('a');
  link.href = source;
  link.download = file;
  const picture = new Image();
  picture.alt = name;
  picture.src = source;
  picture.onerror = () => {
    if (figure.dataset.source === source) frame.replaceChildren('not here');
  };
  link.append(picture);
  frame.replaceChildren(link);
}

// What a turn did, in a line.
function explain(record) {
  const edits = (record.edits ?? []).map(({ attribute, degreeBefore, degreeAfter }) =>
    `${attribute} ${degreeBefore} → ${degreeAfter}`);
  const asked = edits.length ? edits : (record.requests ?? []).map(({ request, span }) => `${request}, from “${span}”`);
  const end = record.failure?.message ?? (record.trouble ? `${record.state}: ${record.trouble}` : record.state);
  return [...asked, end].join(' · ');
}

// What there is to doubt in a turn.
function doubts(record) {
  const found = (record.edits ?? []).flatMap((edit) => {
    const { attribute, degreeBefore, degreeExpected, degreeAfter, outcome } = edit;
    if (edit.isHeldBack && ['partly', 'unmoved'].includes(outcome)) {
      return `${attribute} came to ${degreeAfter}, not to ${degreeExpected}: further on it would hardly be the same person`;
    }
    return {
      already: `${attribute} is ${degreeBefore} already: nothing was edited`,
      partly: `${attribute} came to ${degreeAfter}, not to ${degreeExpected}`,
      unmoved: `${attribute} stays at ${degreeBefore}: the face does not go to ${degreeExpected}`,
    }[outcome] ?? [];
  });
  if (record.likeness?.isPoor) found.push(`what was sent is not very like the photo: ${record.likeness.verdict}`);
  const quality = record.reception?.quality;
  if (quality?.isDoubtful) {
    found.push(`the received picture is probably not the same person (${Math.round(quality.samePerson * 100)} %)`);
  }
  if (quality?.lacksEdit) found.push('the received picture does not show the edit');
  return found;
}

// How a transfer ended, and whether that is trouble.
function summary(record) {
  if (record.state !== 'acknowledged') return [record.failure?.message ?? record.state, true];
  const estimated = record.reception ? ` at ${record.reception.snrDecibels.toFixed(1)} dB` : '';
  return [`Received${estimated}. Go on with a sentence, or choose another photo.`];
}

// What the relay was set to when a transfer arrived, in dB: the page alone knows.
function remember(id, decibels) { sessionStorage.setItem(`snr-${id}`, decibels); }
function remembered(id) {
  const text = sessionStorage.getItem(`snr-${id}`);
  return text === null ? undefined : Number(text);
}
