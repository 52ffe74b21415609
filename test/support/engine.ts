import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { silentLogger } from '../../lib/logger.ts';
import { recipeSchema } from '../../lib/recipe.ts';
import type { Task } from '../../services/processor/decode.ts';
import { findCuts } from '../../services/processor/decode-listing.ts';
import { extractFrames, type Stream } from '../../services/processor/extract.ts';
import { MethodFailure } from '../../services/processor/method-failure.ts';
import type { PacketSource } from '../../services/processor/packets/packet-source.ts';
import { fit, planFrames } from '../../services/processor/plan.ts';
import { probe, type Probe } from '../../services/processor/probe.ts';
import { collect, decodeAll, ffmpeg, limits, packets } from './processor.ts';

const run = promisify(execFile);
const { signal } = new AbortController();

/** A file whose packets can't be read: the whole of it is decoded. */
const unreadable: PacketSource = {
  facts: () => Promise.reject(new MethodFailure('this test wants the other method')),
  cut: () => Promise.reject(new Error('unreadable')),
  feed: () => Promise.reject(new Error('unreadable')),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** Run a recipe over a file, by packets where they can be read unless the other method is wanted. */
export async function extract(path: string, wish: object, { whole = false, program = ffmpeg } = {}) {
  const recipe = recipeSchema.parse(wish);
  const found = await probe(program, path, limits, signal);
  const base = { program, path, found, limits, signal, onProgress: () => undefined };
  const { select } = recipe;
  const cutsUs = select.mode === 'scene' ? await findCuts(base, select.threshold) : [];
  const replan = (from: Probe) => planFrames(recipe, from, limits.maxFrames, cutsUs);
  const plan = replan(found);
  const thumbs = { ...fit(found.media, { maxWidth: 160, maxHeight: 160 }), every: 1 };
  const task: Task = { ...base, recipe, plan, thumbs, onLine: () => undefined };
  const take = async (stream: Stream) => ({
    ...{ plan: stream.plan, method: stream.method, thumbs },
    pictures: await collect(stream.pictures),
  });
  await using source = whole ? unreadable : packets.open(path, signal);
  const { pictures, ...rest } = await extractFrames({ task, packets: source, replan }, take, silentLogger);
  return { ...rest, pictures, images: pictures.map(({ image }) => image), found };
}

/** A file as a full decode by nothing but ffmpeg shows it. */
export interface Truth {
  frames: { seconds: number; md5: string; isKey: boolean }[];
  durationSeconds: number;
}

const truths = new Map<string, Promise<Truth>>();

export function truthOf(path: string): Promise<Truth> {
  const known = truths.get(path) ?? findTruth(path);
  truths.set(path, known);
  return known;
}

async function probed(path: string, entries: string): Promise<string[][]> {
  const wanted = ['-select_streams', 'V:0', '-show_entries', entries, '-of', 'csv=p=0', path];
  const { stdout } = await run('ffprobe', ['-v', 'error', ...wanted], { maxBuffer: 64 * 1024 * 1024 });
  return stdout.split('\n').map((line) => line.split(','));
}

async function findTruth(path: string): Promise<Truth> {
  const shown = (await probed(path, 'packet=pts_time,duration_time,flags'))
    .filter(([pts, , flags = '']) => Number.isFinite(Number.parseFloat(pts ?? '')) && !flags.includes('D'))
    .map(([pts, duration]) => ({ pts: Number(pts), end: Number(pts) + (Number(duration) || 0) }))
    .toSorted((a, b) => a.pts - b.pts);
  const pictures = await decodeAll(path);
  const first = shown[0]?.pts ?? 0;
  // Not from the packets: MPEG program streams don't give each of them a time.
  const keys = (await probed(path, 'frame=key_frame,best_effort_timestamp_time'))
    .filter(([isKey]) => isKey === '1')
    .map(([, pts]) => (Number(pts) - first).toFixed(4));
  const isKey = new Set(keys);
  return {
    frames: pictures.map((picture) => ({ ...picture, isKey: isKey.has(picture.seconds.toFixed(4)) })),
    durationSeconds: Math.max(...shown.map(({ end }) => end)) - first,
  };
}

type Wish = ReturnType<typeof recipeSchema.parse>;

const micro = (seconds: number) => Math.round(seconds * 1e6);

/** The frames that a player would show, by the words of the recipe's contract; reckoned in whole microseconds. */
export function expectedFrames(
  { frames, durationSeconds }: Truth,
  { select, start = 0, end = Infinity }: Wish,
) {
  const from = micro(start);
  const until = Math.min(micro(end), micro(durationSeconds));
  if (from >= until) return [];
  const at = (timeUs: number) => frames.findLast(({ seconds }) => micro(seconds) <= timeUs);
  const within = frames.filter(({ seconds }) => micro(seconds) >= from && micro(seconds) < until);
  if (select.mode === 'all') return within;
  if (select.mode === 'keyframes') return within.filter(({ isKey }) => isKey);
  if (select.mode === 'times') {
    const wanted = select.seconds.map(micro).filter((time) => time < until);
    return wanted.toSorted((a, b) => a - b).map(at);
  }
  if (select.mode === 'scene') throw new Error('what a shot is, is not a matter of times');
  const span = until - from;
  const interval =
    select.mode === 'interval' ? micro(select.seconds) : Math.max(1, Math.floor(span / select.count));
  const fitting = Math.ceil(span / interval);
  const count = select.mode === 'interval' ? fitting : Math.min(select.count, fitting);
  return Array.from({ length: count }, (_, k) => at(from + k * interval));
}
