import { useEffect, useState } from 'preact/hooks';
import { fileSize } from '../i18n/format.ts';
import { t } from '../i18n/index.ts';
import { readDraft, type Draft, type WantedRecipe } from '../recipe/draft.ts';
import { EstimateLine } from '../recipe/EstimateLine.tsx';
import type { Glimpse } from '../recipe/estimate.ts';
import { glimpseOf } from '../recipe/glimpse.ts';
import { lastDraft, rememberDraft } from '../recipe/last-draft.ts';
import { RecipeFields } from '../recipe/RecipeFields.tsx';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { focusFault } from '../ui/form.ts';
import type { ChosenFile } from './sources.ts';

interface UploadDialogProps {
  files: ChosenFile[];
  onUpload: (file: ChosenFile, recipe: WantedRecipe) => void;
  onClose: () => void;
}

/** Asks, before anything is sent, which frames are wanted: of all files at once, or of one after the other. */
export function UploadDialog({ files, onUpload, onClose }: UploadDialogProps) {
  const [left, setLeft] = useState(files);
  const [each, setEach] = useState(false);
  const [draft, setDraft] = useState<Draft>(lastDraft);
  const [tried, setTried] = useState(false);
  const glimpses = useGlimpses(files);
  const { recipe, faults } = readDraft(draft);
  const asked = each ? left.slice(0, 1) : left;

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (!recipe) {
      focusFault(event.currentTarget as HTMLFormElement);
      return;
    }
    rememberDraft(draft);
    for (const file of asked) onUpload(file, recipe);
    const rest = left.slice(asked.length);
    setLeft(rest);
    if (rest.length === 0) onClose();
  };

  return (
    <Dialog title={t('uploadVideos')} size="wide" onClose={onClose}>
      <form class="form" noValidate onSubmit={submit}>
        <FileList files={asked} />
        {files.length > 1 && left.length > 1 && (
          <label class="check">
            <input
              type="checkbox"
              checked={each}
              onChange={({ currentTarget }) => setEach(currentTarget.checked)}
            />
            {t('chooseForEach')}
          </label>
        )}
        <RecipeFields
          draft={draft}
          faults={tried || draft.mode !== 'times' ? faults : []}
          onChange={setDraft}
        />
        <div class="dialog-foot">
          <EstimateLine recipe={recipe} glimpses={asked.map((it) => glimpses.get(it) ?? null)} />
          <div class="actions end">
            <Button onClick={onClose}>{t('cancel')}</Button>
            <Button kind="primary" type="submit" icon="upload">
              {t('uploadCount', { count: asked.length })}
            </Button>
          </div>
        </div>
      </form>
    </Dialog>
  );
}

/** What the files are, as far as the browser can play them. */
function useGlimpses(files: ChosenFile[]): Map<ChosenFile, Glimpse | null> {
  const [glimpses, setGlimpses] = useState(new Map<ChosenFile, Glimpse | null>());
  useEffect(() => {
    const stop = new AbortController();
    void (async () => {
      for (const chosen of files) {
        const glimpse = await glimpseOf(chosen.file);
        if (stop.signal.aborted) return;
        setGlimpses((before) => new Map(before).set(chosen, glimpse));
      }
    })();
    return () => stop.abort();
  }, [files]);
  return glimpses;
}

function FileList({ files }: { files: ChosenFile[] }) {
  return (
    <ul class="chosen-files" aria-label={t('chosenFiles')}>
      {files.map(({ file }, index) => (
        <li key={index}>
          <span class="chosen-name">{file.name}</span>
          <span class="soft small numbers">{fileSize(file.size)}</span>
        </li>
      ))}
    </ul>
  );
}
