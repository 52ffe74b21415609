import { useState } from 'preact/hooks';
import { dataOf } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import type { Video } from '../api/schemas.ts';
import { t } from '../i18n/index.ts';
import { draftOf, readDraft, type Draft } from '../recipe/draft.ts';
import { EstimateLine } from '../recipe/EstimateLine.tsx';
import { RecipeFields } from '../recipe/RecipeFields.tsx';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { useForm } from '../ui/form.ts';
import { ProblemNote } from '../ui/ProblemNote.tsx';

interface AnotherRecipeProps {
  video: Video;
  onChange: (video: Video) => void;
  onClose: () => void;
}

/** Extract other frames, without uploading again. */
export function AnotherRecipe({ video, onChange, onClose }: AnotherRecipeProps) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(video.recipe));
  const { recipe, faults } = readDraft(draft);
  const { busy, problem, onSubmit } = useForm(async () => {
    if (!recipe) return;
    const params = { path: { id: video.id } };
    onChange(await dataOf(asPerson.POST('/video/{id}/extractions', { params, body: { recipe } })));
    onClose();
  });
  return (
    <Dialog title={t('otherFrames')} size="wide" onClose={onClose}>
      <form class="form" noValidate onSubmit={onSubmit}>
        <ProblemNote problem={problem} />
        <RecipeFields draft={draft} faults={faults} onChange={setDraft} />
        <div class="dialog-foot">
          <EstimateLine recipe={recipe} glimpses={[video.media]} />
          <div class="actions end">
            <Button onClick={onClose}>{t('cancel')}</Button>
            <Button kind="primary" type="submit" busy={busy}>
              {t('extract')}
            </Button>
          </div>
        </div>
      </form>
    </Dialog>
  );
}
