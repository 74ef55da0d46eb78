// The page, put together.

import { setUpCamera } from './camera.js';
import { Channel } from './channel.js';
import { Conversation } from './conversation.js';
import { watchDaemons } from './daemons.js';
import { Gallery } from './gallery.js';
import { CameraStream, Live } from './stream.js';

const byID = (id) => document.getElementById(id);
const channel = new Channel();
const gallery = new Gallery();
const live = new Live();
const camera = new CameraStream(() => byID('sentence').value.trim());
const conversation = new Conversation({ channel, arrived: () => gallery.refresh() });
let photo = null;

function choose(file) {
  photo = file;
  byID('chosen').textContent = file ? `${file.name}, ${Math.ceil(file.size / 1024)} KiB` : '';
  if (file) byID('sentence').focus();
}

byID('photo').addEventListener('change', (event) => choose(event.target.files[0] ?? null));
setUpCamera(choose, camera);

const drop = byID('drop');
for (const kind of ['dragenter', 'dragover']) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
}
for (const kind of ['dragleave', 'drop']) drop.addEventListener(kind, () => drop.classList.remove('over'));
drop.addEventListener('drop', (event) => {
  event.preventDefault();
  if (event.dataTransfer.files[0]) choose(event.dataTransfer.files[0]);
});

byID('ask').addEventListener('submit', async (event) => {
  event.preventDefault();
  if (conversation.isBusy) return;
  const sentence = byID('sentence').value.trim();
  if (!sentence) return;
  if (photo) {
    const file = photo;
    if (!await conversation.begin(file, sentence, byID('symbols').value) || photo !== file) return;
    choose(null);
    byID('photo').value = '';
  } else if (conversation.hasSession) {
    await conversation.say(sentence);
  } else {
    byID('said').textContent = 'Choose a photo with a face in it first.';
    byID('photo').focus();
  }
});

let receptions = null;
watchDaemons(byID('daemons'), (name, answer) => {
  if (name === 'snr-relay') channel.show(answer);
  if (name === 'rx-daemon' && answer) live.refresh(camera.id);
  if (name === 'rx-daemon' && answer && answer.receptions !== receptions) {
    receptions = answer.receptions;
    gallery.refresh();
  }
});
gallery.refresh();
conversation.resume();
