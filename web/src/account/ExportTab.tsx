import { useState } from 'preact/hooks';
import { dataOf, type Answer } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import { dateTime } from '../i18n/format.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { PasswordField } from '../ui/Field.tsx';
import { useForm } from '../ui/form.ts';
import { Icon } from '../ui/Icon.tsx';
import { Note } from '../ui/Note.tsx';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { atProof } from './fields.ts';
import { a } from './texts/index.ts';

type ExportLink = Answer<'post', '/me/export'>;

/** All that is kept about the person, as a file. */
export function ExportTab() {
  const [link, setLink] = useState<ExportLink | null>(null);
  const [taken, setTaken] = useState(false);
  const prepared = (made: ExportLink) => {
    setLink(made);
    setTaken(false);
  };
  return (
    <Card>
      <p class="soft">
        {a('exportIntro')} {a('exportVideos')}
      </p>
      {link && !taken && (
        <Note tone="good" alert>
          <p>
            <strong>{a('exportReady')}</strong>. {a('exportOnce', { time: dateTime(link.expiresAt) })}
          </p>
          <a class="button primary" href={link.url} download onClick={() => setTimeout(() => setTaken(true))}>
            <Icon name="download" />
            {a('downloadExport')}
          </a>
        </Note>
      )}
      {taken && (
        <Note tone="info">
          <p role="status">{a('exportTaken')}</p>
        </Note>
      )}
      {(!link || taken) && <ExportForm onPrepared={prepared} />}
    </Card>
  );
}

function ExportForm({ onPrepared }: { onPrepared: (link: ExportLink) => void }) {
  const [password, setPassword] = useState('');
  const { busy, problem, errorAt, onSubmit } = useForm(async () => {
    onPrepared(await dataOf(asPerson.POST('/me/export', { body: { password } })).catch(atProof));
  }, ['password']);
  return (
    <form class="form limited" onSubmit={onSubmit}>
      <ProblemNote problem={problem} />
      <PasswordField
        label={a('yourPassword')}
        name="password"
        autocomplete="current-password"
        required
        value={password}
        onValue={setPassword}
        error={errorAt('password')}
      />
      <div class="actions">
        <Button kind="primary" type="submit" busy={busy}>
          {a('prepareExport')}
        </Button>
      </div>
    </form>
  );
}
