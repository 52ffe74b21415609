import { useState } from 'preact/hooks';
import { dataOf } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import { askPerson } from '../api/person.ts';
import type { Person } from '../api/schemas.ts';
import { day } from '../i18n/format.ts';
import { languages, t, type Locale } from '../i18n/index.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { SelectField, TextField } from '../ui/Field.tsx';
import { useForm } from '../ui/form.ts';
import { Note } from '../ui/Note.tsx';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { showToast } from '../ui/toasts.ts';
import { useLoad, useTask } from '../ui/loading.ts';
import { Ready } from '../ui/Ready.tsx';
import { a } from './texts/index.ts';

const localeOptions = Object.entries(languages) as [Locale, string][];

/** Who the person is, and whether their address is theirs. */
export function ProfileTab() {
  const me = useLoad(askPerson);
  return (
    <Ready of={me}>
      {(person) => (
        <>
          <ProfileForm person={person} onSaved={me.put} />
          <Address person={person} />
        </>
      )}
    </Ready>
  );
}

function ProfileForm({ person, onSaved }: { person: Person; onSaved: (person: Person) => void }) {
  const [name, setName] = useState(person.name ?? '');
  const [locale, setLocale] = useState(person.locale);
  const { busy, problem, errorAt, onSubmit } = useForm(async () => {
    onSaved(await dataOf(asPerson.PATCH('/me', { body: { name: name.trim() || null, locale } })));
    showToast(t('saved'), { tone: 'good' });
  }, ['name', 'locale']);
  return (
    <Card>
      <p class="soft">{a('profileIntro')}</p>
      <form class="form limited" onSubmit={onSubmit}>
        <ProblemNote problem={problem} />
        <TextField
          label={t('name')}
          hint={a('nameHint')}
          name="name"
          optional
          autocomplete="name"
          maxLength={100}
          value={name}
          onValue={setName}
          error={errorAt('name')}
        />
        <SelectField
          label={a('letterLanguage')}
          hint={a('letterLanguageHint')}
          value={locale}
          options={localeOptions}
          onValue={setLocale}
        />
        <div class="actions">
          <Button kind="primary" type="submit" busy={busy}>
            {t('save')}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function Address({ person }: { person: Person }) {
  const { busy, problem, run } = useTask(async () => {
    await asPerson.POST('/me/verification');
    showToast(a('sentAgain', { email: person.email }), { tone: 'good' });
  });
  return (
    <Card title={a('emailAddress')}>
      <p class="line">
        <strong class="break">{person.email}</strong>
        <span class={`badge ${person.emailVerified ? 'good' : 'warn'}`}>
          {a(person.emailVerified ? 'verified' : 'notVerified')}
        </span>
      </p>
      {!person.emailVerified && (
        <Note tone="warn">
          <p>{a('verifyHint')}</p>
          <Button size="small" busy={busy} onClick={() => void run()}>
            {a('sendAgain')}
          </Button>
        </Note>
      )}
      <ProblemNote problem={problem} />
      <p class="soft small">{a('memberSince', { day: day(person.createdAt) })}</p>
    </Card>
  );
}
