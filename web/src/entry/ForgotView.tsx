import { useState } from 'preact/hooks';
import { asAnyone } from '../api/anyone.ts';
import { t } from '../i18n/index.ts';
import { paths } from '../routes.ts';
import { Button } from '../ui/Button.tsx';
import { TextField } from '../ui/Field.tsx';
import { useForm } from '../ui/form.ts';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { ViewTitle } from '../ui/ViewTitle.tsx';
import { e } from './texts.ts';

/** Asking for a link with which a new password can be chosen. */
export function ForgotView() {
  const [email, setEmail] = useState('');
  const [sent, setSent] = useState(false);
  const { busy, problem, errorAt, onSubmit } = useForm(async () => {
    await asAnyone.POST('/password/forgot', { body: { email: email.trim() } });
    setSent(true);
  }, ['email']);
  if (sent) return <Sent email={email.trim()} onAgain={() => setSent(false)} />;
  return (
    <div class="narrow card">
      <form class="form" onSubmit={onSubmit}>
        <ViewTitle title={e('forgotTitle')} />
        <p class="soft">{e('forgotIntro')}</p>
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
        <Button kind="primary" type="submit" busy={busy}>
          {e('sendLink')}
        </Button>
        <p class="form-links">
          <a href={paths.login}>{e('backToLogin')}</a>
        </p>
      </form>
    </div>
  );
}

function Sent({ email, onAgain }: { email: string; onAgain: () => void }) {
  return (
    <div class="narrow card">
      <ViewTitle title={e('linkSent')} />
      <p role="status">{e('linkSentMore', { email })}</p>
      <p class="soft">{e('nothingCame')}</p>
      <p class="form-links">
        <a href={paths.login}>{e('backToLogin')}</a>
        <Button kind="quiet" size="small" onClick={onAgain}>
          {e('otherAddress')}
        </Button>
      </p>
    </div>
  );
}
