import { sentenceOf } from '../api/problem.ts';
import { t } from '../i18n/index.ts';
import { Button } from './Button.tsx';
import { Note } from './Note.tsx';

/** What went wrong and what to do, told at once to screen readers; nothing when nothing did. */
export function ProblemNote({ problem, onRetry }: { problem: unknown; onRetry?: () => void }) {
  if (!problem) return null;
  return (
    <Note tone="bad" alert>
      <p>{sentenceOf(problem)}</p>
      {onRetry && (
        <Button size="small" icon="retry" onClick={onRetry}>
          {t('tryAgain')}
        </Button>
      )}
    </Note>
  );
}
