import { fileSize } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import type { WantedRecipe } from './draft.ts';
import { estimate, type Glimpse } from './estimate.ts';

/** What a recipe will give of some videos, as far as they could be looked into. */
export function EstimateLine({
  recipe,
  glimpses,
}: {
  recipe: WantedRecipe | null;
  glimpses: (Glimpse | null)[];
}) {
  return (
    <p class="estimate numbers" role="status">
      {wordsOf(recipe, glimpses)}
    </p>
  );
}

const wordings = { exact: 'estimateExact', most: 'estimateMost', about: 'estimateAbout' } as const;

function wordsOf(recipe: WantedRecipe | null, glimpses: (Glimpse | null)[]): string {
  const known = glimpses.filter((it) => it !== null);
  if (!recipe) return t('estimateNot');
  if (known.length === 0 || known.length < glimpses.length) return t('estimateUnknown');
  const each = known.map((it) => estimate(recipe, it));
  const count = each.reduce((sum, { frames }) => sum + frames, 0);
  const bytes = each.reduce((sum, it) => sum + it.bytes, 0);
  const sureness = each[0]?.sureness ?? 'about';
  if (count === 0) return t('estimateNone');
  return t(wordings[sureness], { count, size: fileSize(roundTo(bytes)) });
}

/** A guess has no digits to be proud of. */
const roundTo = (bytes: number) => Number(bytes.toPrecision(2));
