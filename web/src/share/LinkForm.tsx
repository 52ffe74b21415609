import { useState } from 'preact/hooks';
import { dataOf } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import type { Extraction, NewLink } from '../api/schemas.ts';
import { dateTime, longSpan } from '../i18n/format.ts';
import { passing } from '../i18n/passing.ts';
import { Button } from '../ui/Button.tsx';
import { SelectField } from '../ui/Field.tsx';
import { useForm } from '../ui/form.ts';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { s } from './texts.ts';

interface LinkFormProps {
  videoId: string;
  extraction: Extraction;
  onMade: (link: NewLink) => void;
}

/** In seconds; a week is the longest that the API allows. */
const lives = ['3600', '86400', '259200', '604800'] as const;
type Life = (typeof lives)[number];

/** How long a new link works. */
export function LinkForm({ videoId, extraction, onMade }: LinkFormProps) {
  const [life, setLife] = useState<Life>('86400');
  const { busy, problem, onSubmit } = useForm(async () => {
    const body = { expiresSeconds: Number(life), extraction: extraction.id };
    onMade(await dataOf(asPerson.POST('/video/{id}/links', { params: { path: { id: videoId } }, body })));
  });
  return (
    <form class="form" onSubmit={onSubmit}>
      <ProblemNote problem={problem} words={{ invalid_state: s('tooMany'), expired: s('archiveGone') }} />
      <SelectField
        label={s('life')}
        hint={endOf(Number(life), extraction.expiresAt)}
        value={life}
        options={lives.map((it) => [it, longSpan(Number(it))] as const)}
        onValue={setLife}
      />
      <div class="actions end">
        <Button kind="primary" type="submit" busy={busy}>
          {s('make')}
        </Button>
      </div>
    </form>
  );
}

/** When a link that is made now ends: in its own time, or with what it leads to. */
function endOf(seconds: number, archiveEnd: string | null): string {
  const end = Math.max(passing.value, Date.now()) + seconds * 1000;
  return archiveEnd !== null && Date.parse(archiveEnd) < end
    ? s('untilArchive', { time: dateTime(archiveEnd) })
    : s('until', { time: dateTime(new Date(end).toISOString()) });
}
