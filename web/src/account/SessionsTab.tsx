import { useState } from 'preact/hooks';
import { dataOf } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import type { Session } from '../api/schemas.ts';
import { ago } from '../i18n/format.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { showToast } from '../ui/toasts.ts';
import { Confirm } from '../ui/Confirm.tsx';
import { deviceName } from './device.ts';
import { Intro } from './Intro.tsx';
import { useLoad, useTask } from '../ui/loading.ts';
import { Ready } from '../ui/Ready.tsx';
import { a } from './texts/index.ts';

const askSessions = (signal: AbortSignal) => dataOf(asPerson.GET('/me/sessions', { signal }));

/** Where the person is logged in. */
export function SessionsTab() {
  const sessions = useLoad(askSessions);
  const [asking, setAsking] = useState(false);
  const endOthers = async () => {
    await asPerson.DELETE('/me/sessions');
    await sessions.reload();
    showToast(a('othersEnded'), { tone: 'good' });
  };
  return (
    <Ready of={sessions}>
      {({ items }) => (
        <Card>
          <Intro words={a('sessionsIntro')}>
            {items.length > 1 && (
              <Button size="small" kind="danger" onClick={() => setAsking(true)}>
                {a('endOthers')}
              </Button>
            )}
          </Intro>
          <ul class="rows">
            {[...items]
              .sort((one, other) => Number(other.current) - Number(one.current))
              .map((item) => (
                <SessionRow key={item.id} session={item} onEnded={sessions.reload} />
              ))}
          </ul>
          {items.length === 1 && <p class="soft small">{a('noOthers')}</p>}
          {asking && (
            <Confirm
              title={a('endOthersAsk')}
              action={a('endOthers')}
              danger
              onConfirm={endOthers}
              onClose={() => setAsking(false)}
            >
              <p>{a('endOthersMore')}</p>
            </Confirm>
          )}
        </Card>
      )}
    </Ready>
  );
}

function SessionRow({ session, onEnded }: { session: Session; onEnded: () => Promise<void> }) {
  const { busy, problem, run } = useTask(async () => {
    await asPerson.DELETE('/me/sessions/{id}', { params: { path: { id: session.id } } });
    await onEnded();
    showToast(a('sessionEndedNow'), { tone: 'good' });
  });
  const device = deviceName(session.userAgent);
  const facts = [
    session.address && a('fromAddress', { address: session.address }),
    a('lastUsed', { when: ago(session.lastUsedAt) }),
    a('loggedIn', { when: ago(session.createdAt) }),
  ].filter(Boolean);
  return (
    <li class="row">
      <div class="row-head">
        <h2 class="row-title" title={session.userAgent ?? undefined}>
          {device}
        </h2>
        {session.current && <span class="badge good">{a('thisBrowser')}</span>}
        {!session.current && (
          <Button size="small" busy={busy} onClick={() => void run()}>
            <span aria-hidden="true">{a('endSession')}</span>
            <span class="unseen">{a('endSessionOf', { device })}</span>
          </Button>
        )}
      </div>
      <p class="soft small">{facts.join(' · ')}</p>
      <ProblemNote problem={problem} />
    </li>
  );
}
