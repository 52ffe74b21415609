import { Intro } from '../account/Intro.tsx';
import { Button } from '../ui/Button.tsx';
import { d } from './texts/index.ts';

/** What a part is for, and a button that loads it anew. */
export function Refresh({ words, of }: { words: string; of: { reload: () => Promise<void> } }) {
  return (
    <Intro words={words}>
      <Button size="small" icon="retry" onClick={() => void of.reload()}>
        {d('refresh')}
      </Button>
    </Intro>
  );
}
