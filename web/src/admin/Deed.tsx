import { useState } from 'preact/hooks';
import { Confirm } from '../ui/Confirm.tsx';
import { Button } from '../ui/Button.tsx';
import { showToast } from '../ui/toasts.ts';
import { d, type AdminTextKey } from './texts/index.ts';

interface DeedProps {
  /** What the button says, what it says to those who don't see what it stands beside, and what is asked. */
  label: AdminTextKey;
  labelOf: AdminTextKey;
  ask: AdminTextKey;
  more: AdminTextKey;
  /** What it is done to. */
  name: string;
  danger?: boolean;
  refuse?: string;
  run: () => Promise<unknown>;
}

/** A button that asks before it does what others will notice. */
export function Deed({ label, labelOf, ask, more, name, danger = false, refuse, run }: DeedProps) {
  const [asking, setAsking] = useState(false);
  const confirmed = async () => {
    await run();
    showToast(d('done'), { tone: 'good' });
  };
  return (
    <>
      <Button size="small" {...(danger && { kind: 'danger' })} onClick={() => setAsking(true)}>
        <span aria-hidden="true">{d(label)}</span>
        <span class="unseen">{d(labelOf, { name })}</span>
      </Button>
      {asking && (
        <Confirm
          title={d(ask, { name })}
          action={d(label)}
          danger={danger}
          {...(refuse !== undefined && { refuse })}
          onConfirm={confirmed}
          onClose={() => setAsking(false)}
        >
          <p>{d(more)}</p>
        </Confirm>
      )}
    </>
  );
}
