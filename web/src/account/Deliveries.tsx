import { useCallback, useState } from 'preact/hooks';
import { dataOf, type Schemas } from '../../../client/index.ts';
import { asPerson, given } from '../api/client.ts';
import { kindName } from '../bell/texts.ts';
import { dateTime } from '../i18n/format.ts';
import { useAskingAgain } from '../live/poll.ts';
import { Button } from '../ui/Button.tsx';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { showToast } from '../ui/toasts.ts';
import { usePages, useTask } from '../ui/loading.ts';
import { PagedList } from '../ui/Ready.tsx';
import { took } from './SentLog.tsx';
import { StatusBadge } from './StatusBadge.tsx';
import { a } from './texts/index.ts';

type Delivery = Schemas['Delivery'];

/** How long somebody waits for an outcome; one that fails is tried again for a day. */
const WATCHED_MS = 15_000;

/** What was delivered to a webhook, with every try; loaded when somebody looks. */
export function Deliveries({ hookId }: { hookId: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="deliveries" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{a('deliveries')}</summary>
      {open && <DeliveryList hookId={hookId} />}
    </details>
  );
}

function DeliveryList({ hookId }: { hookId: string }) {
  const pageAt = useCallback(
    (cursor: string | null) => {
      const params = { path: { id: hookId }, query: given({ cursor }) };
      return dataOf(asPerson.GET('/me/webhooks/{id}/deliveries', { params }));
    },
    [hookId],
  );
  const deliveries = usePages(pageAt);
  const [watchedUntil, setWatchedUntil] = useState(() => Date.now() + WATCHED_MS);
  const isOnItsWay = deliveries.items?.some(({ status }) => status === 'pending') === true;
  useAskingAgain(deliveries.reload, isOnItsWay && Date.now() < watchedUntil);
  const replayed = () => {
    setWatchedUntil(Date.now() + WATCHED_MS);
    return deliveries.reload();
  };
  return (
    <div class="stack-small">
      <PagedList of={deliveries} empty={<p class="soft small">{a('noDeliveries')}</p>}>
        {(delivery) => <DeliveryLine hookId={hookId} delivery={delivery} onReplayed={replayed} />}
      </PagedList>
      <div class="actions">
        <Button
          size="small"
          kind="quiet"
          icon="retry"
          busy={deliveries.busy}
          onClick={() => void deliveries.reload()}
        >
          {a('refreshList')}
        </Button>
      </div>
    </div>
  );
}

interface DeliveryLineProps {
  hookId: string;
  delivery: Delivery;
  onReplayed: () => Promise<void>;
}

function DeliveryLine({ hookId, delivery, onReplayed }: DeliveryLineProps) {
  const { kind, status, createdAt, tries } = delivery;
  const { busy, problem, run } = useTask(async () => {
    const path = { id: hookId, deliveryId: delivery.id };
    await asPerson.POST('/me/webhooks/{id}/deliveries/{deliveryId}/replay', { params: { path } });
    showToast(a('replayed'), { tone: 'good' });
    await onReplayed();
  });
  return (
    <>
      <div class="row-head">
        <h3>{kindName(kind)}</h3>
        <Button size="small" busy={busy} onClick={() => void run()}>
          {a('replay')}
        </Button>
      </div>
      <p class="line">
        <StatusBadge status={status} />
        <time class="soft small" dateTime={createdAt}>
          {dateTime(createdAt)}
        </time>
      </p>
      <ProblemNote problem={problem} />
      {tries.length > 0 && (
        <details class="tries">
          <summary>{a('tries', { count: tries.length })}</summary>
          <ol>
            {tries.map((it) => (
              <Try key={it.at} of={it} />
            ))}
          </ol>
        </details>
      )}
    </>
  );
}

function Try({ of: { at, statusCode, error, durationMs, response } }: { of: Delivery['tries'][number] }) {
  const facts = [
    statusCode === null ? a('noAnswer') : a('answered', { status: String(statusCode) }),
    error,
    took(durationMs),
  ];
  return (
    <li class="break">
      <time dateTime={at}>{dateTime(at)}</time>
      {` · ${facts.filter(Boolean).join(' · ')}`}
      {response && (
        <pre class="answer" tabIndex={0} aria-label={a('answerBody')}>
          {response}
        </pre>
      )}
    </li>
  );
}
