import { dataOf, type Schemas } from '../../../client/index.ts';
import { asPerson, given } from '../api/client.ts';
import { dateTime } from '../i18n/format.ts';
import { locale } from '../i18n/index.ts';
import { kindName } from '../bell/texts.ts';
import { Card } from '../ui/Card.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { usePages } from '../ui/loading.ts';
import { PagedList } from '../ui/Ready.tsx';
import { StatusBadge } from './StatusBadge.tsx';
import { a, named } from './texts/index.ts';

type SentMessage = Schemas['SentMessage'];

const channelNames = {
  email: 'channelEmail',
  inapp: 'channelInapp',
  webhook: 'channelWebhook',
} as const satisfies Record<SentMessage['channel'], string>;

/** How long something took, in seconds. */
export const took = (milliseconds: number): string =>
  a('took', {
    seconds: (milliseconds / 1000).toLocaleString(locale.value, { maximumFractionDigits: 2 }),
  });

const logAt = (cursor: string | null) =>
  dataOf(asPerson.GET('/me/notifications/log', { params: { query: given({ cursor }) } }));

/** What was sent to the person, by which channel, and how that went. */
export function SentLog() {
  const log = usePages(logAt);
  return (
    <Card title={a('logTitle')}>
      <PagedList of={log} empty={<EmptyState icon="mail" title={a('noLog')} />}>
        {(notice) => <SentLine notice={notice} />}
      </PagedList>
    </Card>
  );
}

function SentLine({ notice: { kind, channel, status, createdAt, sentAt, tries } }: { notice: SentMessage }) {
  return (
    <>
      <div class="row-head">
        <h3>{kindName(kind)}</h3>
        <StatusBadge status={status} />
      </div>
      <p class="soft small">
        {a(channelNames[channel])} ·{' '}
        <time dateTime={sentAt ?? createdAt}>{dateTime(sentAt ?? createdAt)}</time>
      </p>
      {tries.length > 0 && (
        <details class="tries">
          <summary>{a('tries', { count: tries.length })}</summary>
          <ol>
            {tries.map(({ at, outcome, detail, durationMs }) => (
              <li key={at} class="break">
                <time dateTime={at}>{dateTime(at)}</time>
                {` · ${[named('status', outcome) ?? outcome, detail, took(durationMs)].filter(Boolean).join(' · ')}`}
              </li>
            ))}
          </ol>
        </details>
      )}
    </>
  );
}
