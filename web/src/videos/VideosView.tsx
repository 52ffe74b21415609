import { useEffect, useState } from 'preact/hooks';
import { person } from '../api/person.ts';
import { t } from '../i18n/index.ts';
import { route } from '../router.ts';
import { Icon } from '../ui/Icon.tsx';
import { ViewTitle } from '../ui/ViewTitle.tsx';
import { FileChooser } from '../uploads/FileChooser.tsx';
import { addUpload } from '../uploads/queue.ts';
import { droppedFiles, type ChosenFile } from '../uploads/sources.ts';
import { UploadDialog } from '../uploads/UploadDialog.tsx';
import { UploadList } from '../uploads/UploadList.tsx';
import { keepListingPlace } from './listing.ts';
import { VideoFilters } from './VideoFilters.tsx';
import { VideoList } from './VideoList.tsx';

/** The person's videos, and the place to add some. */
export function VideosView() {
  const [chosen, setChosen] = useState<ChosenFile[]>([]);
  const isDraggedOver = useDrop(setChosen);
  const personId = person.value?.id;
  useEffect(() => {
    // When the list goes, the page gets shorter, and scrolls by itself.
    const onScroll = () => route.value.view === 'list' && keepListingPlace();
    addEventListener('scroll', onScroll, { passive: true });
    return () => removeEventListener('scroll', onScroll);
  }, []);
  return (
    <>
      <ViewTitle title={t('yourVideos')} />
      <FileChooser isDraggedOver={isDraggedOver} onFiles={setChosen} />
      <UploadList />
      <VideoFilters />
      <VideoList />
      {isDraggedOver && (
        <div class="drop-veil" aria-hidden="true">
          <p>
            <Icon name="upload" size={28} /> {t('dropNow')}
          </p>
        </div>
      )}
      {chosen.length > 0 && personId && (
        <UploadDialog
          files={chosen}
          onUpload={(file, recipe) => void addUpload(personId, file, recipe)}
          onClose={() => setChosen([])}
        />
      )}
    </>
  );
}

/** Files may be dropped anywhere. @returns whether some are held over the page now */
function useDrop(onFiles: (files: ChosenFile[]) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
    const onOver = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (!event.dataTransfer || !hasFiles(event)) return;
      event.preventDefault();
      void droppedFiles(event.dataTransfer).then(onFiles);
    };
    addEventListener('dragover', onOver);
    addEventListener('dragleave', onLeave);
    addEventListener('drop', onDrop);
    return () => {
      removeEventListener('dragover', onOver);
      removeEventListener('dragleave', onLeave);
      removeEventListener('drop', onDrop);
    };
  }, []);
  return over;
}
