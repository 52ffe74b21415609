import { dataOf } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import type { Video } from '../api/schemas.ts';
import type { Picture } from '../ui/PrivateImage.tsx';

/** The frame that stands for a video. */
export const posterOf = ({ id, extractions }: Video): Picture => ({
  name: `poster ${extractions[0]?.id ?? ''}`,
  load: (signal) =>
    dataOf(
      asPerson.GET('/video/{id}/poster', {
        params: { path: { id }, query: { width: '640' } },
        parseAs: 'blob',
        signal,
      }),
    ),
});

/** A frame of an extraction: in full, or a small copy of it for a gallery. */
export const frameOf = (videoId: string, extraction: string, index: number, width?: '320'): Picture => ({
  name: `frame ${extraction} ${index} ${width ?? ''}`,
  load: (signal) => {
    const path = { id: videoId, index: String(index) };
    const params = { path, query: { extraction, ...(width && { width }) } };
    return dataOf(asPerson.GET('/video/{id}/frames/{index}', { params, parseAs: 'blob', signal }));
  },
});

/** Small pictures of many frames of an extraction. */
export const contactSheetOf = (videoId: string, extraction: string): Picture => ({
  name: `sheet ${extraction}`,
  load: (signal) => {
    const params = { path: { id: videoId }, query: { extraction } };
    return dataOf(asPerson.GET('/video/{id}/contact-sheet', { params, parseAs: 'blob', signal }));
  },
});
