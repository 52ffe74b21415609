import { dataOf, type Answer } from '../../../client/index.ts';
import { useLoad } from '../ui/loading.ts';
import { Ready } from '../ui/Ready.tsx';
import { asPerson } from '../api/client.ts';
import { ago } from '../i18n/format.ts';
import { Card } from '../ui/Card.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { Deed } from './Deed.tsx';
import { Refresh } from './Refresh.tsx';
import { d } from './texts/index.ts';

type Report = Answer<'get', '/admin/queues'>;
type DeadLetter = Answer<'get', '/admin/dead-letters'>['items'][number];

const askReport = (signal: AbortSignal) => dataOf(asPerson.GET('/admin/queues', { signal }));
const askLetters = (signal: AbortSignal) => dataOf(asPerson.GET('/admin/dead-letters', { signal }));

/** How much work waits, and what was given up. */
export function QueuesTab() {
  const report = useLoad(askReport);
  const letters = useLoad(askLetters);
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

function Counts({ report, onChanged }: { report: Report; onChanged: () => Promise<void> }) {
  const { email, webhook } = report.notifications;
  const requeue = (topic: string) => async () => {
    await asPerson.POST('/admin/dead-letters/{topic}/requeue', { params: { path: { topic } } });
    await onChanged();
  };
  const purge = (topic: string) => async () => {
    const params = { path: { topic }, query: { confirm: topic } };
    await asPerson.DELETE('/admin/dead-letters/{topic}', { params });
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
                <Deed {...all.putBack} name={topic} run={requeue(topic)} />
                <Deed {...all.purge} name={topic} danger run={purge(topic)} />
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
  const params = { path: { topic, id } };
  const requeue = async () => {
    await asPerson.POST('/admin/dead-letters/{topic}/{id}/requeue', { params });
    await onChanged();
  };
  const purge = async () => {
    await asPerson.DELETE('/admin/dead-letters/{topic}/{id}', { params });
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
        <Deed {...one.putBack} name={id} run={requeue} />
        <Deed {...one.purge} name={id} danger run={purge} />
      </div>
    </>
  );
}
