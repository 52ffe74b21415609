import { useEffect, useState } from 'preact/hooks';
import { hasCode } from '../api/problem.ts';
import { asAnyone } from '../api/anyone.ts';
import { t } from '../i18n/index.ts';
import { paths } from '../routes.ts';
import { ButtonLink } from '../ui/Button.tsx';
import { Loading } from '../ui/Loading.tsx';
import { Note } from '../ui/Note.tsx';
import { ProblemNote } from '../ui/ProblemNote.tsx';
import { ViewTitle } from '../ui/ViewTitle.tsx';
import { DeadLink } from './DeadLink.tsx';
import { e } from './texts.ts';

/** Confirming an address by a mailed link. */
export function VerifyView({ token }: { token: string }) {
  const [verified, setVerified] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const verify = () => {
    setProblem(null);
    asAnyone.POST('/verify', { body: { token } }).then(() => setVerified(true), setProblem);
  };
  useEffect(verify, [token]);
  if (hasCode(problem, 'not_found', 'expired', 'validation_failed')) {
    const expired = hasCode(problem, 'expired');
    const words = e(expired ? 'verifyExpiredMore' : 'verifyUsedMore');
    return (
      <DeadLink expired={expired} words={words} href={paths.account('profile')} action={e('toProfile')} />
    );
  }
  return (
    <div class="narrow card">
      <ViewTitle title={e(verified ? 'verified' : 'verifying')} />
      {!verified && !problem && <Loading />}
      <ProblemNote problem={problem} onRetry={verify} />
      {verified && (
        <>
          <Note tone="good" alert>
            <p>{e('verifiedMore')}</p>
          </Note>
          <div class="actions">
            <ButtonLink kind="primary" href={paths.list}>
              {t('toVideos')}
            </ButtonLink>
          </div>
        </>
      )}
    </div>
  );
}
