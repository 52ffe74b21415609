import { dataOf, type Answer } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import { day } from '../i18n/format.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { Note } from '../ui/Note.tsx';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { showToast } from '../ui/toasts.ts';
import { useLoad, useTask } from '../ui/loading.ts';
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

type Suppressed = NonNullable<Answer<'get', '/me/notifications/email'>['suppressed']>;

const sinceWhen = ({ reason, at }: Suppressed): string =>
  a(reason === 'complaint' ? 'suppressedComplaint' : 'suppressedBounce', { day: day(at) });

const askAddress = (signal: AbortSignal) => dataOf(asPerson.GET('/me/notifications/email', { signal }));

/** Says that no mail is sent to the address, and lets it be tried again. Nothing where mail arrives. */
function Suppression() {
  const state = useLoad(askAddress);
  const { busy, problem, run } = useTask(async () => {
    await asPerson.DELETE('/me/notifications/email');
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
