import { sentenceOf } from '../api/problem.ts';
import { t } from '../i18n/index.ts';
import { Button } from './Button.tsx';
import { Note } from './Note.tsx';

interface ProblemNoteProps {
  problem: unknown;
  /** What codes mean here, where that is more than what they mean everywhere. */
  words?: Record<string, string>;
  onRetry?: () => void;
}

/** What went wrong and what to do, told at once to screen readers; nothing when nothing did. */
export function ProblemNote({ problem, words, onRetry }: ProblemNoteProps) {
  if (!problem) return null;
  return (
    <Note tone="bad" alert>
      <p>{sentenceOf(problem, words)}</p>
      {onRetry && (
        <Button size="small" icon="retry" onClick={onRetry}>
          {t('tryAgain')}
        </Button>
      )}
    </Note>
  );
}
