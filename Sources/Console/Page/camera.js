// A photo, or a stream, from the device's camera.

// Asks for a photo; `take` gets it as a file, or `streamer` the video.
export function setUpCamera(take, streamer) {
  const dialog = document.getElementById('camera-dialog');
  const video = document.getElementById('viewfinder');
  const said = document.getElementById('camera-said');
  const shoot = document.getElementById('shoot');
  const streaming = document.getElementById('stream');
  let stream = null;

  document.getElementById('camera').addEventListener('click', async () => {
    said.textContent = '';
    shoot.disabled = streaming.disabled = true;
    dialog.showModal();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 960, facingMode: 'user' } });
      if (!dialog.open) return stop();
      video.srcObject = stream;
      shoot.disabled = streaming.disabled = false;
    } catch (error) {
      said.textContent = `No camera: ${error.message ?? 'this browser gives none'}`;
    }
  });
  shoot.addEventListener('click', () => {
    const picture = document.createElement('canvas');
    picture.width = video.videoWidth;
    picture.height = video.videoHeight;
    picture.getContext('2d').drawImage(video, 0, 0);
    picture.toBlob((blob) => {
      if (blob) take(new File([blob], 'camera.png', { type: 'image/png' }));
      dialog.close();
    }, 'image/png');
  });
  streaming.addEventListener('click', () => {
    if (streamer.isRunning) streamer.stop(); else streamer.run(video, said, streaming);
  });
  document.getElementById('camera-close').addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', stop);

  function stop() {
    streamer.stop();
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
  }
}
