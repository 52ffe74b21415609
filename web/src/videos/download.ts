import { dataOf } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import { sentenceOf } from '../api/problem.ts';
import { showToast } from '../ui/toasts.ts';

const LINK_SECONDS = 3600;

/**
 * Let the browser download an archive by itself, by a link that works for an hour: nothing of it goes through the
 * page's memory, and an interrupted download can go on.
 */
export async function downloadArchive(videoId: string, extractionId: string): Promise<void> {
  try {
    const body = { expiresSeconds: LINK_SECONDS, extraction: extractionId };
    const params = { path: { id: videoId } };
    const { url } = await dataOf(asPerson.POST('/video/{id}/links', { params, body }));
    const link = document.createElement('a');
    // The same server as the page's, whichever name its operator knows it by.
    link.href = `/links/${new URL(url).pathname.split('/').pop() ?? ''}`;
    link.download = '';
    link.click();
  } catch (error) {
    showToast(sentenceOf(error), { tone: 'bad' });
  }
}
