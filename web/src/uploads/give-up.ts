import { Upload } from 'tus-js-client';
import { validToken } from '../api/session.ts';

/** Tell the server that nobody goes on with an upload. What it is not told goes by itself once it is old enough. */
export async function giveUpUpload(url: string): Promise<void> {
  const headers = { Authorization: `Bearer ${await validToken()}` };
  await Upload.terminate(url, { headers }).catch(() => undefined);
}
