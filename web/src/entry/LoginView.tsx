import { useState } from 'preact/hooks';
import { hasCode } from '../api/problem.ts';
import { logIn, wasEnded } from '../api/session.ts';
import { t } from '../i18n/index.ts';
import { paths } from '../routes.ts';
import { Button } from '../ui/Button.tsx';
import { PasswordField, TextField } from '../ui/Field.tsx';
import { useForm } from '../ui/form.ts';
import { Note } from '../ui/Note.tsx';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { ViewTitle } from '../ui/ViewTitle.tsx';
import { Welcome } from './Welcome.tsx';

/** Logging in, with the second step where the account has one. */
export function LoginView() {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [needsCode, setNeedsCode] = useState(false);
  const { busy, problem, errorAt, onSubmit } = useForm(async () => {
    const second = needsCode && code.trim() ? { code: code.trim() } : {};
    await logIn({ email, password, ...second }).catch((error: unknown) => {
      if (!hasCode(error, 'second_factor_required') || needsCode) throw error;
      setNeedsCode(true);
    });
  }, ['email', 'password', 'code']);
  return (
    <Welcome>
      <form class="form" onSubmit={onSubmit}>
        <ViewTitle title={t('logIn')} />
        {wasEnded.value && !problem && (
          <Note tone="info" alert>
            <p>{t('sessionEnded')}</p>
          </Note>
        )}
        <ProblemNote problem={problem} />
        <TextField
          label={t('email')}
          type="email"
          name="email"
          autocomplete="username"
          required
          maxLength={254}
          value={email}
          onValue={setEmail}
          error={errorAt('email')}
        />
        <PasswordField
          label={t('password')}
          name="password"
          autocomplete="current-password"
          required
          value={password}
          onValue={setPassword}
          error={errorAt('password')}
        />
        {needsCode && <CodeField value={code} onValue={setCode} error={errorAt('code')} />}
        <Button kind="primary" type="submit" busy={busy}>
          {t('logIn')}
        </Button>
        <p class="form-links">
          <a href={paths.forgot}>{t('forgotPassword')}</a>
          <span>
            {t('noAccountYet')} <a href={paths.register}>{t('register')}</a>
          </span>
        </p>
      </form>
    </Welcome>
  );
}

function CodeField(props: { value: string; onValue: (value: string) => void; error: string | undefined }) {
  return (
    <TextField
      label={t('secondFactorCode')}
      hint={t('secondFactorHint')}
      name="code"
      autocomplete="one-time-code"
      autoFocus
      required
      maxLength={40}
      {...props}
    />
  );
}
