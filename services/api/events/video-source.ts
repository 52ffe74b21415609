import type { Change } from '../../../lib/change-log.ts';
import type { VideoJson } from '../../../lib/contracts.ts';
import type { Call } from '../endpoint.ts';
import type { EventSource } from './source.ts';

interface Queued {
  id: string;
  personId: string;
  queuePosition: number | null;
}

const PEOPLE_AT_ONCE = 500;

/** A person's videos: `video` with all of it, `video_removed` with its id. */
export function createVideoSource(call: Call): EventSource {
  let places = new Map<string, number | null>();

  const readPlaces = async (personIds: string[]): Promise<Queued[]> => {
    const groups = Array.from({ length: Math.ceil(personIds.length / PEOPLE_AT_ONCE) }, (_, n) =>
      personIds.slice(n * PEOPLE_AT_ONCE, (n + 1) * PEOPLE_AT_ONCE),
    );
    const lists = await Promise.all(
      groups.map((group) => call<{ items: Queued[] }>('video.queued', { personIds: group })),
    );
    return lists.flatMap(({ items }) => items);
  };

  return {
    name: 'videos',
    changes: (after) => call('video.changes', { after }),
    missed: (people) => call('video.missed', { people }),
    moved: async (personIds) => {
      const queued = await readPlaces(personIds);
      const before = places;
      places = new Map(queued.map(({ id, queuePosition }) => [id, queuePosition]));
      return (
        queued
          // Of one that has just been queued nobody may have known the place yet.
          .filter(({ id, queuePosition }) => (before.get(id) ?? null) !== queuePosition)
          .map(({ id, personId }) => ({ subjectId: id, personId }))
      );
    },
    load: async (wanted) => {
      const found = await call<{ items: { video: VideoJson }[] }>('video.many', {
        wanted: wanted.map(({ subjectId, personId }: Change) => ({ id: subjectId, personId })),
      });
      const videos = new Map(found.items.map(({ video }) => [video.id, video]));
      return wanted.map(({ subjectId: id }) => {
        const video = videos.get(id);
        return video
          ? { name: 'video', json: JSON.stringify(video) }
          : { name: 'video_removed', json: JSON.stringify({ id }) };
      });
    },
  };
}
