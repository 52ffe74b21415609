import { callJson } from '../api/client.ts';
import { day } from '../i18n/format.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Note } from '../ui/Note.tsx';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { showToast } from '../ui/toasts.ts';
import type { MailState } from './answers.ts';
import { useLoad, useTask } from './loading.ts';
import { SentLog } from './SentLog.tsx';
import { a } from './texts/index.ts';
import { Wishes } from './Wishes.tsx';

/** What the person wants to hear of, whether mail reaches them, and what was sent. */
export function NotificationsTab() {
  return (
    <>
      <Suppression />
      <Wishes />
      <SentLog />
    </>
  );
}

function sinceWhen({ reason, at }: { reason: string; at: string }): string {
  if (/bounce|refuse/i.test(reason)) return a('suppressedBounce', { day: day(at) });
  if (/complain/i.test(reason)) return a('suppressedComplaint', { day: day(at) });
  return a('suppressedOther', { day: day(at), reason });
}

/** Says that no mail is sent to the address, and lets it be tried again. Nothing where mail arrives. */
function Suppression() {
  const state = useLoad<MailState>('/me/notifications/email');
  const { busy, problem, run } = useTask(async () => {
    await callJson('DELETE', '/me/notifications/email');
    await state.reload();
    showToast(a('lifted', { address: state.value?.address ?? '' }), { tone: 'good' });
  });
  const { address, suppressed } = state.value ?? {};
  if (!suppressed) return null;
  return (
    <Card>
      <Note tone="warn" alert>
        <p>
          <strong>{a('suppressed', { address: address ?? '' })}</strong>
        </p>
        <p>
          {sinceWhen(suppressed)} {a('liftHint')}
        </p>
        <Button size="small" busy={busy} onClick={() => void run()}>
          {a('lift')}
        </Button>
      </Note>
      <ProblemNote problem={problem} />
    </Card>
  );
}
