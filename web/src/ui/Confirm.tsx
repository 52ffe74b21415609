import type { ComponentChildren } from 'preact';
import { t } from '../i18n/index.ts';
import { Button } from './Button.tsx';
import { Dialog } from './Dialog.tsx';
import { ProblemNote } from './ProblemNote.tsx';
import { useTask } from './loading.ts';

interface ConfirmProps {
  title: string;
  children: ComponentChildren;
  /** What the button says that does it. */
  action: string;
  /** What the one says that doesn't. */
  refuse?: string;
  /** It can't be undone. */
  danger?: boolean;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}

/** A question before something that can't be undone. It stays open when doing it fails. */
export function Confirm({ title, children, action, refuse, danger, onConfirm, onClose }: ConfirmProps) {
  const { busy, problem, run } = useTask(async () => {
    await onConfirm();
    onClose();
  });
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="stack-small">{children}</div>
      <ProblemNote problem={problem} />
      <div class="actions end">
        <Button onClick={onClose}>{refuse ?? t('cancel')}</Button>
        <Button kind={danger ? 'danger' : 'primary'} busy={busy} onClick={() => void run()}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
