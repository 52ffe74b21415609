import type { Recipe } from '../api/schemas.ts';
import { t } from '../i18n/index.ts';

/** A recipe in a few words: “one frame every 2 seconds, JPEG”. */
export function recipeWords({ select, format }: Pick<Recipe, 'select' | 'format'>): string {
  return t('recipeWords', {
    frames: selectWords(select),
    format: format === 'jpg' ? 'JPEG' : format === 'png' ? 'PNG' : 'WebP',
  });
}

function selectWords(select: Recipe['select']): string {
  switch (select.mode) {
    case 'interval':
      return t('everySeconds', { count: select.seconds });
    case 'count':
      return t('spreadEvenly', { count: select.count });
    case 'times':
      return t('atTimes', { count: select.seconds.length });
    default:
      return t(`mode_${select.mode}`);
  }
}
