import { dataOf } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import { ago, fileSize } from '../i18n/format.ts';
import { locale } from '../i18n/index.ts';
import { Card } from '../ui/Card.tsx';
import { useLoad } from '../ui/loading.ts';
import { Ready } from '../ui/Ready.tsx';
import { a } from './texts/index.ts';

const NEARLY = 0.8;
const count = (value: number) => value.toLocaleString(locale.value);

const askUsage = (signal: AbortSignal) => dataOf(asPerson.GET('/me/usage', { signal }));

/** What the person has used, of what they may use. */
export function UsageTab() {
  const usage = useLoad(askUsage);
  return (
    <Ready of={usage}>
      {({ storedBytes, videosPerDay, concurrentUploads, fileBytes }) => (
        <Card>
          <p class="soft">{a('usageIntro')}</p>
          <Share title={a('storedBytes')} share={storedBytes} say={fileSize} hint={a('freeSpace')} />
          <Share
            title={a('videosPerDay')}
            share={videosPerDay}
            say={count}
            hint={a('resetsAgo', { when: ago(videosPerDay.resetsAt) })}
          />
          <Share title={a('concurrentUploads')} share={concurrentUploads} say={count} />
          <p class="line between">
            <span class="field-label">{a('fileBytes')}</span>
            <span class="numbers">{fileSize(fileBytes.limit)}</span>
          </p>
        </Card>
      )}
    </Ready>
  );
}

interface ShareProps {
  title: string;
  share: { used: number; limit: number };
  say: (value: number) => string;
  hint?: string;
}

function Share({ title, share: { used, limit }, say, hint }: ShareProps) {
  const part = limit > 0 ? Math.min(used / limit, 1) : 1;
  const left = a('leftOf', { left: say(Math.max(limit - used, 0)) });
  const state = part >= 1 ? 'bad' : part >= NEARLY ? 'warn' : null;
  return (
    <div class="share">
      <p class="line between">
        <span class="field-label">
          {title}{' '}
          {state && <span class={`badge ${state}`}>{a(state === 'bad' ? 'usedUp' : 'nearlyUsed')}</span>}
        </span>
        <span class="numbers">{a('usedOf', { used: say(used), limit: say(limit) })}</span>
      </p>
      <div
        class={`bar${state ? ` ${state}` : ''}`}
        role="meter"
        aria-label={title}
        aria-valuemin={0}
        aria-valuemax={limit}
        aria-valuenow={Math.min(used, limit)}
        aria-valuetext={a('usedOf', { used: say(used), limit: say(limit) })}
      >
        <div class="bar-fill" style={{ transform: `scaleX(${part})` }} />
      </div>
      <p class="soft small">{[left, hint].filter(Boolean).join(' · ')}</p>
    </div>
  );
}
