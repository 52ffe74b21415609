import type { ComponentChildren } from 'preact';

/** What a part of the account is for, and beside it what can be done with the whole. */
export function Intro({ words, children }: { words: string; children: ComponentChildren }) {
  return (
    <div class="intro">
      <p class="soft">{words}</p>
      {children}
    </div>
  );
}
