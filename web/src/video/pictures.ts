import { dataOf } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import type { Video } from '../api/schemas.ts';
import type { Picture } from '../ui/PrivateImage.tsx';

/** The frame that stands for a video. */
export const posterOf = ({ id, extractions }: Video): Picture => ({
  name: `poster ${extractions[0]?.id ?? ''}`,
  load: (signal) =>
    dataOf(asPerson.GET('/video/{id}/poster', { params: { path: { id } }, parseAs: 'blob', signal })),
});

/** A frame of an extraction, in full. */
export const frameOf = (videoId: string, extraction: string, index: number): Picture => ({
  name: `frame ${extraction} ${index}`,
  load: (signal) => {
    const params = { path: { id: videoId, index: String(index) }, query: { extraction } };
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
