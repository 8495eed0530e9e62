'use strict';
// A click on what has the times of a segment plays it, also in a video that
// is chosen after the click.
(() => {
  const choice = document.getElementById('choice');  // in reports
  const note = document.getElementById('choice-note');
  const find = () => document.querySelector('#overlay video') ??
      document.querySelector('#player, .ma-preview');
  let start, stop;
  const watch = (player) => {
    if (player.currentTime >= stop) player.pause();
    else if (!player.paused) requestAnimationFrame(() => watch(player));
  };
  const play = () => {
    const player = find();
    if (!player?.currentSrc || player.error) return choice?.focus();
    player.hidden = false;
    player.currentTime = start;
    player.play().then(() => watch(player), () => {});
  };
  document.addEventListener('click', ({target}) => {
    const segment = target.closest('[data-start]');
    if (!segment) return;
    [start, stop] = [segment.dataset.start, segment.dataset.end].map(Number);
    play();
  });
  choice?.addEventListener('change', () => {
    const player = find();
    if (!choice.files.length) return;
    player.src = URL.createObjectURL(choice.files[0]);
    player.onloadedmetadata = () => {
      [note.textContent, player.hidden] = ['', false];
      if (stop) play();
    };
    player.onerror = () => {
      player.hidden = true;
      note.textContent = 'The browser cannot play this file.';
    };
  });
})();
