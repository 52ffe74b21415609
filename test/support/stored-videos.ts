import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { Job } from '../../lib/contracts.ts';
import { recipeSchema } from '../../lib/recipe.ts';
import { openStore } from '../../lib/storage/index.ts';
import { complete } from '../../services/video/attempts.ts';
import { deleteDueObjects } from '../../services/video/doomed-objects.ts';
import { doomOrphans } from '../../services/video/orphans.ts';
import { retain } from '../../services/video/retention.ts';
import { createVideo, reserveUpload } from '../../services/video/uploads.ts';
import { completion, now, openVideos, rules, wish } from './videos.ts';

export const retention = { sourceDays: 30, archiveDays: 10 };

/** A video database with a folder as its store: whatever a row refers to is really there. */
export async function openStoredVideos() {
  const videos = await openVideos();
  const { db } = videos;
  const folder = await mkdtemp(join(tmpdir(), 'video-system-objects-'));
  const store = openStore(pathToFileURL(folder).href);
  const put = (key: string, text = 'ten bytes.') => store.put(key, Readable.from([Buffer.from(text)]));
  return {
    ...videos,
    folder,
    store,
    put,
    clear: async () => {
      await videos.clear();
      for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
    },
    close: async () => {
      await videos.close();
      await rm(folder, { recursive: true });
    },
    /** Store an object that was written long ago. */
    putOld: async (key: string) => {
      await put(key);
      await utimes(join(folder, key), 1000, 1000);
    },
    upload: async (personId: string, sha256 = 'a'.repeat(64), at = now): Promise<string> => {
      const { videoId, key } = await reserveUpload(db, wish(personId), rules, at);
      await put(key);
      const about = { filename: 'clip.mp4', contentType: 'video/mp4', size: 10, sha256 };
      await createVideo(db, { ...about, videoId, personId, recipe: recipeSchema.parse({}) }, rules, at);
      return videoId;
    },
    complete: async (job: Job, at = now) => {
      await put(job.archiveKey);
      await put(job.previewKey);
      return complete(db, completion(job), at, retention);
    },
    retain: (at: Date, dryRun = false) => Array.fromAsync(retain(db, { retention, dryRun, now: at })),
    /** @param at the real time: files are as old as they are */
    doomOrphans: (dryRun = false, at = new Date()) =>
      Array.fromAsync(doomOrphans({ db, store }, { dryRun, now: at })),
    sweep: async (at: Date) => {
      while ((await deleteDueObjects(db, store, at)) > 0);
    },
    objects: async () => (await Array.fromAsync(store.list(), ({ key }) => key)).sort(),
  };
}
