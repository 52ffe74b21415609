import type { Extraction } from '../api/schemas.ts';
import { ago } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { recipeWords } from '../recipe/words.ts';
import { SelectField } from '../ui/Field.tsx';
import { statusWords } from '../videos/status.ts';

interface ExtractionChoiceProps {
  extractions: Extraction[];
  current: string;
  onChoose: (id: string) => void;
}

/** Which of several extractions of a video is shown. */
export function ExtractionChoice({ extractions, current, onChoose }: ExtractionChoiceProps) {
  const words = (it: Extraction) => [recipeWords(it.recipe), statusWords(it), ago(it.createdAt)].join(' · ');
  return (
    <SelectField
      label={t('extraction')}
      value={current}
      options={extractions.map((it) => [it.id, words(it)] as const)}
      onValue={onChoose}
    />
  );
}
