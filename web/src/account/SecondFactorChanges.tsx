import { useState } from 'preact/hooks';
import { dataOf, type Body } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { PasswordField, TextField } from '../ui/Field.tsx';
import { useForm } from '../ui/form.ts';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { showToast } from '../ui/toasts.ts';
import { atProof } from './fields.ts';
import { a } from './texts/index.ts';

/** Recovery codes in place of the old ones. */
export function NewRecoveryCodes({ onCodes }: { onCodes: (codes: string[]) => void }) {
  return (
    <Card title={a('newCodes')}>
      <p class="soft">{a('newCodesMore')}</p>
      <Proof
        action={a('makeNewCodes')}
        send={async (proof) => {
          const asking = asPerson.POST('/me/second-factor/recovery-codes', { body: proof });
          const { recoveryCodes } = await dataOf(asking);
          onCodes(recoveryCodes);
        }}
      />
    </Card>
  );
}

/** The end of the second step. */
export function SwitchOff({ onOff }: { onOff: () => void }) {
  return (
    <Card title={a('switchOff')}>
      <p class="soft">{a('switchOffMore')}</p>
      <Proof
        danger
        action={a('switchOff')}
        send={async (proof) => {
          await asPerson.POST('/me/second-factor/disable', { body: proof });
          showToast(a('factorDisabled'), { tone: 'good' });
          onOff();
        }}
      />
    </Card>
  );
}

interface ProofProps {
  action: string;
  danger?: boolean;
  send: (proof: Body<'post', '/me/second-factor/disable'>) => Promise<unknown>;
}

/** Password and code, opened by a button so that the view stays calm. */
function Proof({ action, danger, send }: ProofProps) {
  const [open, setOpen] = useState(false);
  const kind = danger ? 'danger' : 'plain';
  if (!open) {
    return (
      <div class="actions">
        <Button kind={kind} onClick={() => setOpen(true)}>
          {action}
        </Button>
      </div>
    );
  }
  return <ProofForm action={action} kind={danger ? 'danger' : 'primary'} send={send} />;
}

function ProofForm({ action, kind, send }: ProofProps & { kind: 'danger' | 'primary' }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const { busy, problem, errorAt, onSubmit } = useForm(async () => {
    await send({ password, code: code.trim() }).catch(atProof);
  }, ['password', 'code']);
  return (
    <form class="form limited" onSubmit={onSubmit}>
      <ProblemNote problem={problem} />
      <PasswordField
        label={a('yourPassword')}
        name="password"
        autocomplete="current-password"
        autoFocus
        required
        value={password}
        onValue={setPassword}
        error={errorAt('password')}
      />
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
      <div class="actions">
        <Button kind={kind} type="submit" busy={busy}>
          {action}
        </Button>
      </div>
    </form>
  );
}
