import { useState } from 'preact/hooks';
import { dataOf } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import type { ApiKey, NewApiKey } from '../api/schemas.ts';
import { t } from '../i18n/index.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { SelectField, TextField } from '../ui/Field.tsx';
import { useForm } from '../ui/form.ts';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { a } from './texts/index.ts';

interface KeyFormProps {
  onMade: (key: NewApiKey) => void;
  onClose: () => void;
}

const lives = ['30', '90', '365', 'never'] as const;
type Life = (typeof lives)[number];

/** What a new key is for, what it may do, and how long. */
export function KeyForm({ onMade, onClose }: KeyFormProps) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<ApiKey['scope']>('read');
  const [life, setLife] = useState<Life>('90');
  const { busy, problem, errorAt, onSubmit } = useForm(async () => {
    const expiresDays = life === 'never' ? null : Number(life);
    onMade(await dataOf(asPerson.POST('/me/keys', { body: { name: name.trim(), scope, expiresDays } })));
  }, ['name']);
  return (
    <Dialog title={a('newKey')} onClose={onClose}>
      <form class="form" onSubmit={onSubmit}>
        <ProblemNote problem={problem} />
        <TextField
          label={a('keyName')}
          hint={a('keyNameHint')}
          name="name"
          autocomplete="off"
          required
          maxLength={100}
          value={name}
          onValue={setName}
          error={errorAt('name')}
        />
        <SelectField
          label={a('scope')}
          value={scope}
          options={[
            ['read', a('scopeRead')],
            ['write', a('scopeWrite')],
          ]}
          onValue={setScope}
        />
        <SelectField
          label={a('expiry')}
          value={life}
          options={lives.map(
            (it) => [it, it === 'never' ? a('expiresNever') : a('expiresIn', { count: Number(it) })] as const,
          )}
          onValue={setLife}
        />
        <div class="actions end">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button kind="primary" type="submit" busy={busy}>
            {a('makeKey')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
