import { useState } from 'preact/hooks';
import { asPerson } from '../api/client.ts';
import { hasCode } from '../api/problem.ts';
import type { Link, Video } from '../api/schemas.ts';
import { ago, dateTime } from '../i18n/format.ts';
import { passing } from '../i18n/passing.ts';
import { recipeWords } from '../recipe/words.ts';
import { Button } from '../ui/Button.tsx';
import { Confirm } from '../ui/Confirm.tsx';
import { showToast } from '../ui/toasts.ts';
import { s } from './texts.ts';

interface LinkRowProps {
  link: Link;
  video: Video;
  onRevoked: () => Promise<void>;
}

/** A link to an archive of a video. */
export function LinkRow({ link: { id, extraction, createdAt, expiresAt }, video, onRevoked }: LinkRowProps) {
  const [asking, setAsking] = useState(false);
  const hasEnded = Date.parse(expiresAt) <= Math.max(passing.value, Date.now());
  const shared = video.extractions.find((it) => it.id === extraction);
  const facts = [
    dateTime(expiresAt),
    s('created', { when: ago(createdAt) }),
    ...(shared && video.extractions.length > 1 ? [recipeWords(shared.recipe)] : []),
  ];
  const revoke = async () => {
    const params = { path: { id: video.id, linkId: id } };
    await asPerson.DELETE('/video/{id}/links/{linkId}', { params }).catch((error: unknown) => {
      // Somebody was faster, or it has ended: what was wished for is so.
      if (!hasCode(error, 'not_found')) throw error;
    });
    await onRevoked();
    showToast(s('revoked'), { tone: 'good' });
  };
  return (
    <li class="row">
      <div class="row-head">
        <p class="row-title">{hasEnded ? s('ended') : s('ends', { when: ago(expiresAt) })}</p>
        {!hasEnded && (
          <Button size="small" kind="danger" onClick={() => setAsking(true)}>
            <span aria-hidden="true">{s('revoke')}</span>
            <span class="unseen">{s('revokeOf', { when: ago(createdAt) })}</span>
          </Button>
        )}
      </div>
      <p class="soft small break">{facts.join(' · ')}</p>
      {asking && (
        <Confirm
          title={s('revokeAsk')}
          action={s('revoke')}
          danger
          onConfirm={revoke}
          onClose={() => setAsking(false)}
        >
          <p>{s('revokeMore')}</p>
        </Confirm>
      )}
    </li>
  );
}
