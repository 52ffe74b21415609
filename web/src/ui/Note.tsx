import type { ComponentChildren } from 'preact';
import { Icon } from './Icon.tsx';

interface NoteProps {
  tone: 'info' | 'good' | 'warn' | 'bad';
  /** Screen readers interrupt themselves for it. */
  alert?: boolean;
  children: ComponentChildren;
}

const icons = { info: 'info', good: 'check', warn: 'alert', bad: 'alert' } as const;

/** Something to be noticed among the rest. */
export function Note({ tone, alert, children }: NoteProps) {
  return (
    <div class={`note ${tone}`} role={alert ? 'alert' : undefined}>
      <Icon name={icons[tone]} />
      <div class="note-words">{children}</div>
    </div>
  );
}
