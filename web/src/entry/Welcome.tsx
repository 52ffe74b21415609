import type { ComponentChildren } from 'preact';
import { t } from '../i18n/index.ts';

/** What this is, beside the form that a guest fills in. */
export function Welcome({ children }: { children: ComponentChildren }) {
  return (
    <div class="welcome">
      <div class="welcome-words">
        <p class="promise">{t('promise')}</p>
        <p class="soft">{t('promiseMore')}</p>
        <Filmstrip />
      </div>
      <div class="card welcome-form">{children}</div>
    </div>
  );
}

/** A strip of frames, one of them picked out. */
function Filmstrip() {
  return (
    <div class="filmstrip" aria-hidden="true">
      {[0, 1, 2, 3, 4].map((it) => (
        <span key={it} class={`filmstrip-frame f${it}`} />
      ))}
    </div>
  );
}
