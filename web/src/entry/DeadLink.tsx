import { ButtonLink } from '../ui/Button.tsx';
import { ViewTitle } from '../ui/ViewTitle.tsx';
import { e } from './texts.ts';

interface DeadLinkProps {
  expired: boolean;
  words: string;
  href: string;
  action: string;
}

/** For a mailed link that was used already, is too old, or was cut. */
export function DeadLink({ expired, words, href, action }: DeadLinkProps) {
  return (
    <div class="narrow card">
      <ViewTitle title={e(expired ? 'linkExpired' : 'linkUsed')} />
      <p class="soft" role="alert">
        {words}
      </p>
      <div class="actions">
        <ButtonLink kind="primary" href={href}>
          {action}
        </ButtonLink>
      </div>
    </div>
  );
}
