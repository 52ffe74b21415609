import type { Change } from '../../../lib/change-log.ts';
import type { EventSource, Told } from './source.ts';
import type { EventStream } from './stream.ts';

const LOADED_AT_ONCE = 200;
const CAUGHT_UP_AT_ONCE = 100;

interface FollowOptions {
  source: EventSource;
  /** Its place among the sources of a stream. */
  index: number;
  /** All that are open. */
  streams: () => EventStream[];
  /** How often to look for what changes without being written down. */
  movedMs: number;
  clock: () => number;
}

/**
 * Follow one source for all streams of this gateway.
 * @returns one turn: what has changed since the last one is told to those whom it concerns
 */
export function createFollower({ source, index, streams, movedMs, clock }: FollowOptions) {
  let cursor: string | null = null;
  let movedAt = -Infinity;

  /** Whoever is new here begins where the source is now: nothing is missed after that. */
  const readOn = async () => {
    const found = await source.changes(cursor);
    cursor = found.cursor;
    if (found.reset) for (const stream of streams()) stream.restart(index);
    spread(found.changes);
  };

  const spread = (changes: Change[]) => {
    if (changes.length === 0) return;
    const concerned = Map.groupBy(streams(), ({ personId }) => personId);
    for (const { personId, subjectId } of changes) {
      for (const stream of concerned.get(personId) ?? []) stream.note(index, subjectId);
    }
  };

  /** @param known the streams that were open before the source was read: its news reach them */
  const catchUp = async (known: EventStream[]) => {
    for (const stream of inStage(known, 'new')) stream.restart(index);
    const behind = inStage(known, 'behind').slice(0, CAUGHT_UP_AT_ONCE);
    if (behind.length === 0) return;
    const missed = await source.missed(
      behind.map(({ personId, standings }) => ({ personId, after: standings[index]?.reached ?? '' })),
    );
    behind.forEach((stream, n) => {
      const { reset = true, subjectIds = [] } = missed[n] ?? {};
      if (reset) stream.restart(index);
      const standing = stream.standings[index];
      if (standing) standing.stage = 'current';
      for (const id of subjectIds) stream.note(index, id);
    });
  };

  const inStage = (some: EventStream[], stage: 'new' | 'behind') =>
    some.filter(({ standings }) => standings[index]?.stage === stage);

  const lookForMoves = async () => {
    if (!source.moved || clock() - movedAt < movedMs) return;
    movedAt = clock();
    spread(await source.moved([...new Set(streams().map(({ personId }) => personId))]));
  };

  const tellAll = async (at: string) => {
    const open = streams().filter(({ isBlocked }) => !isBlocked);
    const wanted = new Map<string, Change>();
    for (const { personId, standings } of open) {
      const ids = [...(standings[index]?.pending ?? [])].slice(0, LOADED_AT_ONCE);
      for (const subjectId of ids) wanted.set(subjectId, { subjectId, personId });
    }
    const loaded = new Map<string, Told | null>();
    const all = [...wanted.values()];
    for (let from = 0; from < all.length; from += LOADED_AT_ONCE) {
      const some = all.slice(from, from + LOADED_AT_ONCE);
      const told = await source.load(some);
      some.forEach(({ subjectId }, n) => loaded.set(subjectId, told[n] ?? null));
    }
    for (const stream of open) stream.tell(index, loaded, at);
  };

  return async (): Promise<void> => {
    const known = streams();
    if (known.length === 0) {
      cursor = null;
      return;
    }
    await readOn();
    await catchUp(known);
    await lookForMoves();
    if (cursor !== null) await tellAll(cursor);
  };
}
