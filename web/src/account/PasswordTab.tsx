import { useState } from 'preact/hooks';
import { asPerson } from '../api/client.ts';
import { askPerson } from '../api/person.ts';
import type { Person } from '../api/schemas.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { PasswordField } from '../ui/Field.tsx';
import { useForm } from '../ui/form.ts';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { showToast } from '../ui/toasts.ts';
import { atField } from './fields.ts';
import { useLoad } from '../ui/loading.ts';
import { PasswordRules } from './PasswordRules.tsx';
import { Ready } from '../ui/Ready.tsx';
import { a } from './texts/index.ts';

/** Choosing a new password. */
export function PasswordTab() {
  const me = useLoad(askPerson);
  return <Ready of={me}>{(person) => <PasswordForm person={person} />}</Ready>;
}

function PasswordForm({ person }: { person: Person }) {
  const [currentPassword, setCurrent] = useState('');
  const [newPassword, setNew] = useState('');
  const { busy, problem, errorAt, onSubmit } = useForm(async () => {
    await asPerson
      .POST('/me/password', { body: { currentPassword, newPassword } })
      .catch(atField({ invalid_credentials: 'currentPassword' }));
    setCurrent('');
    setNew('');
    showToast(a('passwordChanged'), { tone: 'good' });
  }, ['currentPassword', 'newPassword']);
  return (
    <Card>
      <p class="soft">{a('passwordIntro')}</p>
      <form class="form limited" onSubmit={onSubmit}>
        <ProblemNote problem={problem} />
        {/* Password managers keep the new one under this name. */}
        <input hidden autocomplete="username" value={person.email} readOnly />
        <PasswordField
          label={a('currentPassword')}
          name="currentPassword"
          autocomplete="current-password"
          required
          value={currentPassword}
          onValue={setCurrent}
          error={errorAt('currentPassword')}
        />
        <PasswordField
          label={a('newPassword')}
          name="newPassword"
          autocomplete="new-password"
          required
          minLength={10}
          value={newPassword}
          onValue={setNew}
          error={errorAt('newPassword')}
        />
        <PasswordRules password={newPassword} owner={person} />
        <div class="actions">
          <Button kind="primary" type="submit" busy={busy}>
            {a('changePassword')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
