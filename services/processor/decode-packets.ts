import { outputArguments, formatOf, type Task } from './decode.ts';
import { fedArguments, startFfmpeg, type FfmpegRun } from './ffmpeg-run.ts';
import { selectMarked, type Look } from './filters.ts';
import { createLineUp, type LineUp } from './line-up.ts';
import { MethodFailure } from './method-failure.ts';
import { FEED_BEGIN, feedSpan, feedTimes, type PacketFacts } from './packets/messages.ts';
import type { PacketSource } from './packets/packet-source.ts';
import { dealUnits, type Unit } from './packets/units.ts';
import { readAhead, readPictures, type Picture } from './pictures.ts';
import { readShown, type ShownFrame } from './shown-frames.ts';

/** How far one decoder may be ahead of the one whose frames come first. */
const AHEAD_BYTES = 16 * 1024 ** 2;

/** A frame as a feed knows it: the timestamp that marks it, and its place in the order of presentation. */
interface Marked {
  pts: number;
  sourceIndex: number;
}

/**
 * Decode only the packets that the wanted frames need, with several decoders that take turns.
 * @param units where the wanted frames are, in order
 * @returns each wanted frame once, in order
 * @throws MethodFailure when a decoder gives other frames than were marked
 */
export async function* decodePackets(
  task: Task,
  source: PacketSource,
  units: Unit[],
  decoders: number,
): AsyncGenerator<Picture> {
  const hands = dealUnits(units, decoders);
  const stop = new AbortController();
  const signal = AbortSignal.any([task.signal, stop.signal]);
  const threads = Math.max(1, Math.floor(task.limits.threads / decoders));
  const streams = hands.map((hand) =>
    readAhead(
      decodeHand({ ...task, signal }, source, hand, threads),
      ({ image }) => image.length,
      AHEAD_BYTES,
    ),
  );
  const streamOf = new Map(hands.flatMap((hand, place) => hand.map((unit) => [unit, streams[place]])));
  const total = units.reduce((sum, { wanted }) => sum + wanted.length, 0);
  let done = 0;
  try {
    for (const unit of units) {
      const stream = streamOf.get(unit);
      for (let left = unit.wanted.length; left > 0; left -= 1) {
        const next = await stream?.next();
        if (!next || next.done) throw new MethodFailure('a decoder ended too early');
        yield next.value;
        task.onProgress((done += 1) / total);
      }
    }
  } finally {
    stop.abort();
    await Promise.allSettled(streams.map((stream) => stream.return(undefined)));
  }
}

async function* decodeHand(
  task: Task,
  source: PacketSource,
  units: Unit[],
  threads: number,
): AsyncGenerator<Picture> {
  const expected = markedFrames(task, units);
  const shown = createLineUp<ShownFrame>();
  const limits = { ...task.limits, threads };
  const args = [
    ...fedArguments(limits),
    ...outputArguments(task, selectMarked, lookOf(task, await source.facts()), expected.length, threads),
  ];
  const run = startFfmpeg(task.program, 'fed', args, listenTo(task, shown), task.signal);
  const feeding = source.feed(units, run.stdin);
  feeding.catch(() => undefined);
  void run.told.then(() => shown.close());
  try {
    yield* verified(task, run, expected, shown);
    await feeding;
    await run.exit();
  } finally {
    await run.stop();
  }
}

function listenTo({ onLine }: Task, shown: LineUp<ShownFrame>) {
  return (line: string) => {
    const frame = readShown(line);
    if (frame) shown.push(frame);
    onLine(line);
  };
}

/** Every picture must be the one that was marked. */
async function* verified(
  task: Task,
  run: FfmpegRun,
  expected: Marked[],
  shown: LineUp<ShownFrame>,
): AsyncGenerator<Picture> {
  let count = 0;
  for await (const picture of readPictures(run, formatOf(task))) {
    const marked = expected[count];
    const frame = await shown.take();
    if (!marked || frame?.pts !== marked.pts) throw new MethodFailure('a decoder gave another frame');
    count += 1;
    const { sourceIndex } = marked;
    yield { ...picture, sourceIndex, timeUs: task.found.frames.timesUs[sourceIndex] ?? 0 };
  }
  if (count < expected.length)
    throw new MethodFailure(`a decoder gave ${count} of ${expected.length} frames`);
}

function markedFrames({ found, plan }: Task, units: Unit[]): Marked[] {
  const places = new Map(plan.frames.map((place) => [found.frames.packets[place], place]));
  let begin = FEED_BEGIN;
  return units.flatMap((unit) => {
    const times = feedTimes(found.packets.timesUs, unit);
    const marked = unit.wanted.map((packet) => ({
      pts: begin + (times[packet - unit.from] ?? 0),
      sourceIndex: places.get(packet) ?? 0,
    }));
    begin += feedSpan(unit);
    return marked.toSorted((a, b) => a.pts - b.pts);
  });
}

/** The container's turn is not in what the decoder is fed. */
function lookOf({ found: { media, hdr } }: Task, { rotation, flip }: PacketFacts): Look {
  const { width, height } = media;
  const stored = rotation % 180 === 0 ? { width, height } : { width: height, height: width };
  return { ...stored, rotation, flip, hdr };
}
