import { useEffect, useRef } from 'preact/hooks';
import { Note } from '../ui/Note.tsx';
import { Secret } from '../ui/Secret.tsx';
import { s } from './texts.ts';

/** A link that was just made; the button that copies it has the focus. */
export function NewLinkNote({ url }: { url: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.querySelector('button')?.focus(), []);
  return (
    <div ref={place} class="stack-small">
      <Note tone="good" alert>
        <p>{s('made')}</p>
      </Note>
      <Secret value={url} label={s('newLink')} />
    </div>
  );
}
