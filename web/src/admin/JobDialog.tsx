import { useCallback } from 'preact/hooks';
import { dataOf, type Answer } from '../../../client/index.ts';
import { useLoad } from '../ui/loading.ts';
import { Ready } from '../ui/Ready.tsx';
import { asPerson } from '../api/client.ts';
import { ago, dateTime } from '../i18n/format.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { d } from './texts/index.ts';

/** All that is known of one extraction. */
export function JobDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const ask = useCallback(
    (signal: AbortSignal) => dataOf(asPerson.GET('/admin/jobs/{id}', { params: { path: { id } }, signal })),
    [id],
  );
  const story = useLoad(ask);
  return (
    <Dialog title={d('details')} size="wide" onClose={onClose}>
      <Ready of={story}>{(it) => <Story story={it} />}</Ready>
    </Dialog>
  );
}

function Story({ story }: { story: Answer<'get', '/admin/jobs/{id}'> }) {
  const at = (time: string | null) => time && dateTime(time);
  const facts = [
    [d('job'), story.id],
    [d('video'), `${story.filename} · ${story.videoId}`],
    [d('person'), story.personId],
    [d('error'), story.errorCode],
    [d('worker'), story.worker],
    [d('lease'), at(story.leaseUntil)],
    [d('attempts'), story.attempts],
    [d('failedAttempts'), story.failedAttempts],
    [d('created'), at(story.createdAt)],
    [d('started'), at(story.startedAt)],
    [d('finished'), at(story.finishedAt)],
    [d('frames'), story.frameCount],
    [d('recipe'), JSON.stringify(story.recipe)],
  ] as const;
  return (
    <>
      <dl class="admin-facts">
        {facts.map(
          ([name, value]) =>
            value !== null && (
              <div key={name}>
                <dt class="soft small">{name}</dt>
                <dd class="break">{value}</dd>
              </div>
            ),
        )}
      </dl>
      {story.ranges.length > 0 && (
        <Lines title={d('ranges')}>
          {story.ranges.map(({ number, count, stored }) =>
            d('rangeLine', { number, count, state: d(stored ? 'stored' : 'unstored') }),
          )}
        </Lines>
      )}
      {story.events.length > 0 && (
        <Lines title={d('events')}>
          {story.events.map(
            ({ topic, sentAt }) => `${topic}: ${sentAt ? d('sent', { when: ago(sentAt) }) : d('unsent')}`,
          )}
        </Lines>
      )}
    </>
  );
}

function Lines({ title, children }: { title: string; children: string[] }) {
  return (
    <section class="stack-small">
      <h3 class="row-title">{title}</h3>
      <ul class="bullets">
        {children.map((line, n) => (
          <li key={n} class="break">
            {line}
          </li>
        ))}
      </ul>
    </section>
  );
}
