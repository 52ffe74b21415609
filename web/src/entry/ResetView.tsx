import { useState } from 'preact/hooks';
import { hasCode } from '../api/problem.ts';
import { asAnyone } from '../api/anyone.ts';
import { logOut } from '../api/session.ts';
import { PasswordRules } from '../account/PasswordRules.tsx';
import { navigate } from '../router.ts';
import { paths } from '../routes.ts';
import { Button } from '../ui/Button.tsx';
import { PasswordField } from '../ui/Field.tsx';
import { useForm } from '../ui/form.ts';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { showToast } from '../ui/toasts.ts';
import { ViewTitle } from '../ui/ViewTitle.tsx';
import { DeadLink } from './DeadLink.tsx';
import { e } from './texts.ts';

/** Choosing a new password by a mailed link. */
export function ResetView({ token }: { token: string }) {
  const [password, setPassword] = useState('');
  const { busy, problem, errorAt, onSubmit } = useForm(async () => {
    await asAnyone.POST('/password/reset', { body: { token, password } });
    // Every session has ended, this browser's too.
    await logOut();
    showToast(e('passwordSet'), { tone: 'good', seconds: 10 });
    navigate(paths.login, { replace: true });
  }, ['password']);
  if (hasCode(problem, 'not_found', 'expired')) {
    const expired = hasCode(problem, 'expired');
    const words = e(expired ? 'linkExpiredMore' : 'linkUsedMore');
    return <DeadLink expired={expired} words={words} href={paths.forgot} action={e('askAgain')} />;
  }
  return (
    <div class="narrow card">
      <form class="form" onSubmit={onSubmit}>
        <ViewTitle title={e('resetTitle')} />
        <p class="soft">{e('resetIntro')}</p>
        <ProblemNote problem={problem} />
        <PasswordField
          label={e('newPassword')}
          name="password"
          autocomplete="new-password"
          required
          minLength={10}
          value={password}
          onValue={setPassword}
          error={errorAt('password')}
        />
        <PasswordRules password={password} />
        <Button kind="primary" type="submit" busy={busy}>
          {e('setPassword')}
        </Button>
      </form>
    </div>
  );
}
