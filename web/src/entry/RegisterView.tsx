import { useState } from 'preact/hooks';
import { asAnyone } from '../api/anyone.ts';
import { logIn } from '../api/session.ts';
import { locale, t } from '../i18n/index.ts';
import { paths } from '../routes.ts';
import { Button } from '../ui/Button.tsx';
import { PasswordField, TextField } from '../ui/Field.tsx';
import { useForm } from '../ui/form.ts';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { ViewTitle } from '../ui/ViewTitle.tsx';
import { Welcome } from './Welcome.tsx';

/** Making an account; whoever has made one is logged in. */
export function RegisterView() {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { busy, problem, errorAt, onSubmit } = useForm(async () => {
    const named = name.trim() ? { name: name.trim() } : {};
    const body = { email, password, ...named, locale: locale.value };
    await asAnyone.POST('/register', { body });
    await logIn({ email, password });
  }, ['name', 'email', 'password']);
  return (
    <Welcome>
      <form class="form" onSubmit={onSubmit}>
        <ViewTitle title={t('register')} />
        <ProblemNote problem={problem} />
        <TextField
          label={t('name')}
          name="name"
          optional
          autocomplete="name"
          maxLength={100}
          value={name}
          onValue={setName}
          error={errorAt('name')}
        />
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
          hint={t('passwordHint')}
          name="password"
          autocomplete="new-password"
          required
          minLength={10}
          value={password}
          onValue={setPassword}
          error={errorAt('password')}
        />
        <Button kind="primary" type="submit" busy={busy}>
          {t('register')}
        </Button>
        <p class="form-links">
          <span>
            {t('haveAccount')} <a href={paths.login}>{t('logIn')}</a>
          </span>
        </p>
      </form>
    </Welcome>
  );
}
