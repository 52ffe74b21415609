import { useState } from 'preact/hooks';
import { dataOf, type Body } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import type { Webhook } from '../api/schemas.ts';
import { kindName } from '../bell/texts.ts';
import { ago, day } from '../i18n/format.ts';
import { Button } from '../ui/Button.tsx';
import { Note } from '../ui/Note.tsx';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { showToast } from '../ui/toasts.ts';
import { Confirm } from '../ui/Confirm.tsx';
import { Deliveries } from './Deliveries.tsx';
import { useTask } from '../ui/loading.ts';
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
      {!hook.enabled && hook.disabledReason !== null && (
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
  const params = { path: { id: hook.id } };
  const close = () => setOpen(null);
  const test = useTask(async () => {
    await asPerson.POST('/me/webhooks/{id}/test', { params });
    showToast(a('testSent'), { tone: 'good' });
  });
  const toggle = useTask(async () => {
    await asPerson.PATCH('/me/webhooks/{id}', { params, body: { enabled: !hook.enabled } });
    await onChanged();
  });
  const rotate = async () => {
    const { secret } = await dataOf(asPerson.POST('/me/webhooks/{id}/rotate', { params }));
    onSecret({ secret, renewed: true });
  };
  const remove = async () => {
    await asPerson.DELETE('/me/webhooks/{id}', { params });
    await onChanged();
    showToast(a('hookRemoved'), { tone: 'good' });
  };
  const change = async (body: Body<'patch', '/me/webhooks/{id}'>) => {
    await asPerson.PATCH('/me/webhooks/{id}', { params, body });
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
      {open === 'edit' && <WebhookForm hook={hook} save={change} onClose={close} />}
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
