import { useState } from 'preact/hooks';
import { dataOf, type Answer } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { PasswordField, TextField } from '../ui/Field.tsx';
import { useForm } from '../ui/form.ts';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { showToast } from '../ui/toasts.ts';
import { atProof } from './fields.ts';
import { Intro } from './Intro.tsx';
import { QrCode } from './QrCode.tsx';
import { Secret } from '../ui/Secret.tsx';
import { a } from './texts/index.ts';

type Pending = Answer<'post', '/me/second-factor'>;

interface SetupProps {
  email: string;
  onEnabled: (recoveryCodes: string[]) => void;
}

/** From the password over the QR code to the first code of the app. */
export function SecondFactorSetup({ email, onEnabled }: SetupProps) {
  const [pending, setPending] = useState<Pending | null>(null);
  return (
    <Card>
      <Intro words={a('factorIntro')}>
        <span class="badge">{a('factorOff')}</span>
      </Intro>
      {pending ? (
        <FirstCode pending={pending} onEnabled={onEnabled} />
      ) : (
        <Begin email={email} onPending={setPending} />
      )}
    </Card>
  );
}

function Begin({ email, onPending }: { email: string; onPending: (pending: Pending) => void }) {
  const [password, setPassword] = useState('');
  const { busy, problem, errorAt, onSubmit } = useForm(async () => {
    onPending(await dataOf(asPerson.POST('/me/second-factor', { body: { password } })).catch(atProof));
  }, ['password']);
  return (
    <form class="form limited" onSubmit={onSubmit}>
      <ProblemNote problem={problem} />
      <input hidden autocomplete="username" value={email} readOnly />
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
          {a('setUp')}
        </Button>
      </div>
    </form>
  );
}

const inFours = (secret: string) => secret.replace(/\s/g, '').replace(/(.{4})(?=.)/g, '$1 ');

function FirstCode({ pending, onEnabled }: { pending: Pending; onEnabled: SetupProps['onEnabled'] }) {
  const [code, setCode] = useState('');
  const { busy, problem, errorAt, onSubmit } = useForm(async () => {
    const body = { code: code.replace(/\s/g, '') };
    const { recoveryCodes } = await dataOf(asPerson.POST('/me/second-factor/confirm', { body })).catch(
      atProof,
    );
    showToast(a('factorEnabled'), { tone: 'good' });
    onEnabled(recoveryCodes);
  }, ['code']);
  return (
    <div class="setup">
      <div class="setup-app">
        <h2 class="row-title">{a('scan')}</h2>
        <QrCode svg={pending.qr} />
        <p class="small">{a('orType')}</p>
        <Secret value={inFours(pending.secret)} label={a('orType')} />
        <p class="small">
          <a href={pending.uri}>{a('openApp')}</a>
        </p>
      </div>
      <form class="form" onSubmit={onSubmit}>
        <ProblemNote problem={problem} />
        <TextField
          label={a('enterCode')}
          hint={a('enterCodeHint')}
          name="code"
          autocomplete="one-time-code"
          inputMode="numeric"
          required
          maxLength={10}
          value={code}
          onValue={setCode}
          error={errorAt('code')}
        />
        <div class="actions">
          <Button kind="primary" type="submit" busy={busy}>
            {a('confirmCode')}
          </Button>
        </div>
      </form>
    </div>
  );
}
