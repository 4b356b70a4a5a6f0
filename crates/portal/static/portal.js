// Makes pages better that are complete without it: follows the outcome, copies details, stops double sending.
'use strict';

(() => {
  const EVERY_MS = 3000;
  const SLOWER_MS = 15000;
  const FAST_FOR_MS = 5 * 60 * 1000;

  // The page is drawn by the server only: when the state changes, its new body is taken from there.
  const follow = (box) => {
    const started = Date.now();
    const wait = () => setTimeout(look, Date.now() - started < FAST_FOR_MS ? EVERY_MS : SLOWER_MS);

    const replace = async (message) => {
      const answer = await fetch(location.href, { headers: { accept: 'text/html' }, cache: 'no-store' });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('esito');
      if (!fresh) return;
      const focused = box.contains(document.activeElement);
      box.replaceWith(fresh);
      box = fresh;
      document.getElementById('annuncio').textContent = message;
      if (focused) {
        box.tabIndex = -1;
        box.focus();
      }
    };

    const look = async () => {
      try {
        if (!document.hidden) {
          const answer = await fetch(box.dataset.stato, { cache: 'no-store' });
          if (answer.ok) {
            const state = await answer.json();
            if (state.version !== box.dataset.versione) await replace(state.message);
          }
        }
      } catch {
        // No network for a moment: the next look tries again, and the button works anyway.
      }
      if (box.dataset.stato) wait();
    };
    wait();
  };

  const outcome = document.getElementById('esito');
  if (outcome && outcome.dataset.stato) follow(outcome);

  const summary = document.getElementById('errori');
  if (summary) summary.focus();

  for (const button of document.querySelectorAll('[data-copia]')) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener('click', async () => {
      const rows = document.getElementById(button.dataset.copia).querySelectorAll('dl > div');
      const text = [...rows].map((row) => [...row.children].map((cell) => cell.textContent.trim()).join(': '));
      await navigator.clipboard.writeText(text.join('\n'));
      document.querySelector('[data-copia-esito]').textContent = button.dataset.fatto;
    });
  }

  for (const form of document.querySelectorAll('form[method="post"]')) {
    let sent = false;
    form.addEventListener('submit', (event) => {
      if (sent) event.preventDefault();
      sent = true;
    });
    // Coming back with the browser's own button shows the page as it was left.
    addEventListener('pageshow', () => { sent = false; });
  }
})();
