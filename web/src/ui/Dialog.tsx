import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import { Button } from './Button.tsx';
import { noteDialog } from './dialogs.ts';
import { rescueFocus } from './focus.ts';
import { Toasts } from './Toasts.tsx';

interface DialogProps {
  title: string;
  /** `wide`: forms of some size; `full`: pictures. */
  size?: 'normal' | 'wide' | 'full';
  onClose: () => void;
  children: ComponentChildren;
}

/**
 * A dialog over the page. While it is shown the rest can't be reached; Escape and a click beside it close it; the focus
 * goes back where it was.
 */
export function Dialog({ title, size = 'normal', onClose, children }: DialogProps) {
  const place = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [self] = useState(() => Symbol('dialog'));
  useEffect(() => noteDialog(self), [self]);
  useEffect(() => {
    const before = document.activeElement;
    const dialog = place.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      // What was pressed to open it may go together with it.
      rescueFocus();
    };
  }, []);
  return (
    <dialog
      ref={place}
      class={`dialog ${size}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === place.current) onClose();
      }}
    >
      <div class="dialog-box">
        <header class="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <Button kind="quiet" icon="close" iconOnly onClick={onClose}>
            {t('close')}
          </Button>
        </header>
        {children}
      </div>
      <Toasts over={self} />
    </dialog>
  );
}
