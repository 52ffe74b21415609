import { useCallback, useState } from 'preact/hooks';
import { dataOf } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import type { Extraction, NewLink, Video } from '../api/schemas.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { useLoad } from '../ui/loading.ts';
import { Ready } from '../ui/Ready.tsx';
import { LinkForm } from './LinkForm.tsx';
import { LinkRow } from './LinkRow.tsx';
import { NewLinkNote } from './NewLinkNote.tsx';
import { s } from './texts.ts';

interface ShareDialogProps {
  video: Video;
  /** Whose archive is shared. */
  extraction: Extraction;
  onClose: () => void;
}

/** Make links by which anybody can download an archive, see those that work, and revoke them. */
export function ShareDialog({ video, extraction, onClose }: ShareDialogProps) {
  const ask = useCallback(
    (signal: AbortSignal) =>
      dataOf(asPerson.GET('/video/{id}/links', { params: { path: { id: video.id } }, signal })),
    [video.id],
  );
  const links = useLoad(ask);
  const [made, setMade] = useState<NewLink | null>(null);
  return (
    <Dialog title={s('title')} onClose={onClose}>
      <p class="soft">{s('intro')}</p>
      <LinkForm
        videoId={video.id}
        extraction={extraction}
        onMade={(link) => {
          setMade(link);
          void links.reload();
        }}
      />
      {made && <NewLinkNote key={made.id} url={made.url} />}
      <section class="stack-small">
        <h3>{s('links')}</h3>
        <Ready of={links}>
          {({ items }) => (
            <>
              <ul class="rows">
                {items.map((link) => (
                  <LinkRow
                    key={link.id}
                    link={link}
                    video={video}
                    onRevoked={() => {
                      if (link.id === made?.id) setMade(null);
                      return links.reload();
                    }}
                  />
                ))}
              </ul>
              <p class="soft small">{s(items.length === 0 ? 'noLinks' : 'othersToo')}</p>
            </>
          )}
        </Ready>
      </section>
    </Dialog>
  );
}
