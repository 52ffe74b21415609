import { dataOf, type Schemas } from '../../../client/index.ts';
import { asPerson, given } from '../api/client.ts';
import { dateTime } from '../i18n/format.ts';
import { Card } from '../ui/Card.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { deviceName } from './device.ts';
import { usePages } from '../ui/loading.ts';
import { PagedList } from '../ui/Ready.tsx';
import { a, named } from './texts/index.ts';

/** What asks for a second look. */
const alarming = new Set([
  'login_failed',
  'refresh_token_reused',
  'second_factor_failed',
  'recovery_code_used',
]);

const eventsAt = (cursor: string | null) =>
  dataOf(asPerson.GET('/me/security-events', { params: { query: given({ cursor }) } }));

/** What has happened around the account's security. */
export function SecurityLogTab() {
  const events = usePages(eventsAt);
  return (
    <Card>
      <p class="soft">{a('logIntro')}</p>
      <PagedList of={events} empty={<EmptyState icon="clock" title={a('noEvents')} />}>
        {(event) => <EventLine event={event} />}
      </PagedList>
    </Card>
  );
}

function EventLine({
  event: { kind, at, address, userAgent, details },
}: {
  event: Schemas['SecurityEvent'];
}) {
  const { times, name } = details;
  const facts = [
    typeof name === 'string' && name,
    typeof times === 'number' && times > 1 && a('times', { count: times }),
    userAgent && deviceName(userAgent),
    address,
  ].filter(Boolean);
  return (
    <>
      <div class="row-head">
        <h2 class={`row-title${alarming.has(kind) ? ' warned' : ''}`}>{named('event', kind) ?? kind}</h2>
        <time class="soft small" dateTime={at}>
          {dateTime(at)}
        </time>
      </div>
      {facts.length > 0 && <p class="soft small break">{facts.join(' · ')}</p>}
    </>
  );
}
