import { useState } from 'preact/hooks';
import { asPerson } from '../api/client.ts';
import { askPerson } from '../api/person.ts';
import { faultAt } from '../api/problem.ts';
import type { Person } from '../api/schemas.ts';
import { logOut } from '../api/session.ts';
import { paths } from '../routes.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { PasswordField, TextField } from '../ui/Field.tsx';
import { useForm } from '../ui/form.ts';
import { Note } from '../ui/Note.tsx';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { showToast } from '../ui/toasts.ts';
import { Confirm } from '../ui/Confirm.tsx';
import { atProof } from './fields.ts';
import { useLoad } from '../ui/loading.ts';
import { Ready } from '../ui/Ready.tsx';
import { a } from './texts/index.ts';

/** The end of the account. */
export function DeletionTab() {
  const me = useLoad(askPerson);
  return (
    <Ready of={me}>
      {(person) => (
        <Card>
          <Note tone="bad">
            <p>{a('deletionIntro')}</p>
            <ul class="bullets">
              {(['goesVideos', 'goesUploads', 'goesKeys', 'goesNotices'] as const).map((it) => (
                <li key={it}>{a(it)}</li>
              ))}
            </ul>
          </Note>
          <p class="soft">{a('deletionAfter', { email: person.email })}</p>
          <p>
            <a href={paths.account('export')}>{a('exportFirst')}</a>
          </p>
          <DeletionForm person={person} />
        </Card>
      )}
    </Ready>
  );
}

const same = (one: string, other: string) => one.trim().toLowerCase() === other.toLowerCase();

function DeletionForm({ person: { email, secondFactor } }: { person: Person }) {
  const [typed, setTyped] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [asking, setAsking] = useState(false);
  const { busy, problem, errorAt, onSubmit, fail } = useForm(() => {
    if (same(typed, email)) setAsking(true);
    else fail(faultAt({ path: 'typed', message: a('notTheEmail') }));
    return Promise.resolve();
  }, ['typed', 'password', 'code']);
  const remove = async () => {
    const proof = { password, ...(secondFactor && { code: code.trim() }) };
    try {
      await asPerson.POST('/me/deletion', { body: proof }).catch(atProof);
    } catch (error) {
      // What is wrong is said at the form, so the question goes away.
      fail(error);
      return;
    }
    await logOut();
    showToast(a('accountDeleted'), { tone: 'good', seconds: 15 });
  };
  return (
    <form class="form limited" onSubmit={onSubmit}>
      <ProblemNote problem={problem} />
      <TextField
        label={a('typeEmail')}
        hint={email}
        name="typed"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        required
        value={typed}
        onValue={setTyped}
        error={errorAt('typed')}
      />
      <PasswordField
        label={a('yourPassword')}
        name="password"
        autocomplete="current-password"
        required
        value={password}
        onValue={setPassword}
        error={errorAt('password')}
      />
      {secondFactor && (
        <TextField
          label={a('code')}
          hint={a('codeHint')}
          name="code"
          autocomplete="one-time-code"
          required
          maxLength={40}
          value={code}
          onValue={setCode}
          error={errorAt('code')}
        />
      )}
      <div class="actions">
        <Button kind="danger" icon="trash" type="submit" busy={busy}>
          {a('deleteAccount')}
        </Button>
      </div>
      {asking && (
        <Confirm
          title={a('reallyDelete')}
          action={a('deleteForGood')}
          refuse={a('keepAccount')}
          danger
          onConfirm={remove}
          onClose={() => setAsking(false)}
        >
          <p>{a('reallyDeleteMore')}</p>
        </Confirm>
      )}
    </form>
  );
}
