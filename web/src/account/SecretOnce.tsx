import type { ComponentChildren } from 'preact';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Note } from '../ui/Note.tsx';
import { Secret } from '../ui/Secret.tsx';
import { a } from './texts/index.ts';

interface SecretOnceProps {
  title: string;
  value: string;
  onDone: () => void;
  children: ComponentChildren;
}

/** A secret that nobody can show again. */
export function SecretOnce({ title, value, onDone, children }: SecretOnceProps) {
  return (
    <Dialog title={title} onClose={onDone}>
      {children}
      <Secret value={value} label={title} />
      <Note tone="warn">
        <p>{a('secretOnce')}</p>
      </Note>
      <div class="actions end">
        <Button kind="primary" onClick={onDone}>
          {a('done')}
        </Button>
      </div>
    </Dialog>
  );
}
