import type { QueueReport } from '../../../lib/administration/replies.ts';
import type { DeadLetter } from '../../../lib/queue/work-queue.ts';
import { useLoad } from '../account/loading.ts';
import { Ready } from '../account/Ready.tsx';
import { callJson } from '../api/client.ts';
import { ago } from '../i18n/format.ts';
import { Card } from '../ui/Card.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { Deed } from './Deed.tsx';
import { Refresh } from './Refresh.tsx';
import { d } from './texts/index.ts';

const pathOf = (topic: string, id = '') =>
  `/admin/dead-letters/${topic}${id ? `/${encodeURIComponent(id)}` : ''}`;

/** How much work waits, and what was given up. */
export function QueuesTab() {
  const report = useLoad<QueueReport>('/admin/queues');
  const letters = useLoad<{ items: DeadLetter[] }>('/admin/dead-letters');
  const reload = async () => {
    await Promise.all([report.reload(), letters.reload()]);
  };
  return (
    <>
      <Card>
        <Refresh words={d('queuesIntro')} of={{ reload }} />
        <Ready of={report}>{(it) => <Counts report={it} onChanged={reload} />}</Ready>
      </Card>
      <Card title={d('deadLetters')}>
        <Ready of={letters}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon="check" title={d('noDead')} />
            ) : (
              <ul class="rows">
                {items.map((letter) => (
                  <li key={letter.topic + letter.id} class="row">
                    <LetterLine letter={letter} onChanged={reload} />
                  </li>
                ))}
              </ul>
            )
          }
        </Ready>
      </Card>
    </>
  );
}

const all = {
  putBack: { label: 'putAllBack', labelOf: 'putAllBackOf', ask: 'putAllBackAsk', more: 'putBackMore' },
  purge: { label: 'purgeAll', labelOf: 'purgeAllOf', ask: 'purgeAllAsk', more: 'purgeMore' },
} as const;

function Counts({ report, onChanged }: { report: QueueReport; onChanged: () => Promise<void> }) {
  const { email, webhook } = report.notifications;
  const act = (method: 'POST' | 'DELETE', path: string) => async () => {
    await callJson(method, path);
    await onChanged();
  };
  return (
    <>
      <ul class="rows">
        {report.topics.map(({ topic, waiting, retrying, dead }) => (
          <li key={topic} class="row">
            <div class="row-head">
              <h2 class="row-title">{topic}</h2>
              {dead > 0 && (
                <span class="badge bad">
                  {d('dead')}: {dead}
                </span>
              )}
            </div>
            <p class="soft small">
              {d('waiting')}: {waiting} · {d('retrying')}: {retrying}
            </p>
            {dead > 0 && (
              <div class="actions">
                <Deed {...all.putBack} name={topic} run={act('POST', `${pathOf(topic)}/requeue`)} />
                <Deed
                  {...all.purge}
                  name={topic}
                  danger
                  run={act('DELETE', `${pathOf(topic)}?confirm=${topic}`)}
                />
              </div>
            )}
          </li>
        ))}
      </ul>
      <p class="soft small">{d('mailFacts', { ...email })}</p>
      <p class="soft small">{d('webhookFacts', { ...webhook })}</p>
    </>
  );
}

const one = {
  putBack: { label: 'putBack', labelOf: 'putBackOf', ask: 'putBackAsk', more: 'putBackMore' },
  purge: { label: 'purge', labelOf: 'purgeOf', ask: 'purgeAsk', more: 'purgeMore' },
} as const;

function LetterLine({ letter, onChanged }: { letter: DeadLetter; onChanged: () => Promise<void> }) {
  const { topic, id, message, valid, reason, diedAt, deliveries } = letter;
  const facts = [
    diedAt && ago(diedAt),
    deliveries !== null && d('deliveries', { count: deliveries }),
    reason,
  ].filter(Boolean);
  const act =
    (method: 'POST' | 'DELETE', more = '') =>
    async () => {
      await callJson(method, pathOf(topic, id) + more);
      await onChanged();
    };
  return (
    <>
      <div class="row-head">
        <h3 class="row-title">{topic}</h3>
        {!valid && <span class="badge bad">{d('invalid')}</span>}
      </div>
      <p class="soft small break">{facts.join(' · ')}</p>
      <p class="small break">
        <code>{typeof message === 'string' ? message : JSON.stringify(message)}</code>
      </p>
      <div class="actions">
        <Deed {...one.putBack} name={id} run={act('POST', '/requeue')} />
        <Deed {...one.purge} name={id} danger run={act('DELETE')} />
      </div>
    </>
  );
}
