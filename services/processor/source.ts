import type { Job } from '../../lib/contracts.ts';
import type { Recipe } from '../../lib/recipe.ts';
import type { ObjectStore } from '../../lib/storage/object-store.ts';
import type { Task } from './decode.ts';
import { ExtractionFailure } from './extraction-failure.ts';
import type { FfmpegProgram, RunLimits } from './ffmpeg-program.ts';
import type { PacketReaders, PacketSource } from './packets/packet-source.ts';
import { fit, type Plan } from './plan.ts';
import { probe, type Probe, type ProbeLimits } from './probe.ts';

/** A stored video at hand: the local file, what a probe found in it, and its packets. */
export interface Source extends AsyncDisposable {
  path: string;
  found: Probe;
  packets: PacketSource;
}

interface Needs {
  ffmpeg: FfmpegProgram;
  packets: PacketReaders;
  store: ObjectStore;
  limits: ProbeLimits;
}

/**
 * Fetch and probe a source.
 * @throws ExtractionFailure when it is no video that can be read, or whatever the store throws
 */
export async function openSource(
  { ffmpeg, packets, store, limits }: Needs,
  { key, size }: Job['source'],
  signal: AbortSignal,
): Promise<Source> {
  if (size === 0) throw new ExtractionFailure('empty_file', 'the source has no bytes');
  await using opened = new AsyncDisposableStack();
  const { path } = opened.use(await store.localFile(key, signal, size));
  const readable = opened.use(packets.open(path, signal));
  const found = await probe(ffmpeg, path, limits, signal);
  const kept = opened.move();
  return { path, found, packets: readable, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Thumbs fit into a square of this many pixels. */
const THUMB = { maxWidth: 160, maxHeight: 160 };
const MAX_THUMBS = 100;

/** What is decoded of a source by a plan, and how; who listens comes to it. */
export function taskOf(
  { ffmpeg: program, limits }: { ffmpeg: FfmpegProgram; limits: RunLimits },
  { path, found }: Pick<Source, 'path' | 'found'>,
  { recipe, plan }: { recipe: Recipe; plan: Plan },
  signal: AbortSignal,
): Omit<Task, 'onLine' | 'onProgress'> {
  const every = recipe.dedupe ? 1 : Math.ceil(plan.frames.length / MAX_THUMBS);
  return {
    program,
    path,
    recipe,
    plan,
    found,
    limits,
    signal,
    thumbs: { ...fit(found.media, THUMB), every },
  };
}
