import { useState } from 'preact/hooks';
import { callJson } from '../api/client.ts';
import { kindName } from '../bell/texts.ts';
import { ago, day } from '../i18n/format.ts';
import { Button } from '../ui/Button.tsx';
import { Note } from '../ui/Note.tsx';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { showToast } from '../ui/toasts.ts';
import type { Webhook } from './answers.ts';
import { Confirm } from './Confirm.tsx';
import { Deliveries } from './Deliveries.tsx';
import { useTask } from './loading.ts';
import { a } from './texts/index.ts';
import { WebhookForm } from './WebhookForm.tsx';
import type { ShownSecret } from './WebhooksTab.tsx';

interface WebhookCardProps {
  hook: Webhook;
  onChanged: () => Promise<void>;
  onSecret: (shown: ShownSecret) => void;
}

/** One webhook, what it is told, and what was delivered to it. */
export function WebhookCard({ hook, onChanged, onSecret }: WebhookCardProps) {
  return (
    <section class="card" aria-label={hook.url}>
      <div class="row-head">
        <h2 class="hook-url">{hook.url}</h2>
        <span class={`badge ${hook.enabled ? 'good' : ''}`}>{a(hook.enabled ? 'hookOn' : 'hookOff')}</span>
      </div>
      {!hook.enabled && (hook.disabledReason === 'failing' || hook.disabledReason === 'gone') && (
        <Note tone="warn">
          <p>{a(hook.disabledReason === 'gone' ? 'hookGone' : 'hookDisabledBecause')}</p>
        </Note>
      )}
      <ul class="chips">
        {hook.kinds.map((kind) => (
          <li key={kind} class="badge">
            {kindName(kind)}
          </li>
        ))}
      </ul>
      <p class="soft small line">
        {hook.lastDeliveryAt ? a('hookDelivered', { when: ago(hook.lastDeliveryAt) }) : a('hookUndelivered')}
        {hook.failingSince && (
          <span class="badge bad">{a('hookFailing', { day: day(hook.failingSince) })}</span>
        )}
      </p>
      <WebhookActions hook={hook} onChanged={onChanged} onSecret={onSecret} />
      <Deliveries hookId={hook.id} />
    </section>
  );
}

function WebhookActions({ hook, onChanged, onSecret }: WebhookCardProps) {
  const [open, setOpen] = useState<'edit' | 'rotate' | 'remove' | null>(null);
  const path = `/me/webhooks/${hook.id}`;
  const close = () => setOpen(null);
  const test = useTask(async () => {
    await callJson('POST', `${path}/test`);
    showToast(a('testSent'), { tone: 'good' });
  });
  const toggle = useTask(async () => {
    await callJson('PATCH', path, { enabled: !hook.enabled });
    await onChanged();
  });
  const rotate = async () => {
    const { secret } = await callJson<{ secret: string }>('POST', `${path}/rotate`);
    onSecret({ secret, renewed: true });
  };
  const remove = async () => {
    await callJson('DELETE', path);
    await onChanged();
    showToast(a('hookRemoved'), { tone: 'good' });
  };
  const saved = () => {
    close();
    void onChanged();
  };
  return (
    <div class="actions" role="group" aria-label={a('hookOptions', { url: hook.url })}>
      <Button size="small" busy={test.busy} onClick={() => void test.run()}>
        {a('test')}
      </Button>
      <Button size="small" onClick={() => setOpen('edit')}>
        {a('edit')}
      </Button>
      <Button size="small" onClick={() => setOpen('rotate')}>
        {a('rotate')}
      </Button>
      <Button size="small" busy={toggle.busy} onClick={() => void toggle.run()}>
        {a(hook.enabled ? 'disable' : 'enable')}
      </Button>
      <Button size="small" kind="danger" onClick={() => setOpen('remove')}>
        {a('removeHook')}
      </Button>
      <ProblemNote problem={test.problem ?? toggle.problem} />
      {open === 'edit' && <WebhookForm hook={hook} onSaved={saved} onClose={close} />}
      {open === 'rotate' && (
        <Confirm title={a('rotateAsk')} action={a('rotate')} onConfirm={rotate} onClose={close}>
          <p>{a('rotateMore')}</p>
        </Confirm>
      )}
      {open === 'remove' && (
        <Confirm
          title={a('removeHookAsk')}
          action={a('removeHook')}
          danger
          onConfirm={remove}
          onClose={close}
        >
          <p class="break">{hook.url}</p>
          <p>{a('removeHookMore')}</p>
        </Confirm>
      )}
    </div>
  );
}
