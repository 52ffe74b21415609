import { outputArguments, formatOf, type Task } from './decode.ts';
import { failureFromMessages } from './extraction-failure.ts';
import { inputArguments, startFfmpeg } from './ffmpeg-run.ts';
import { runsOf, selectNumbered, selectSampled, type Look, type Run } from './filters.ts';
import type { FrameClock } from './frame-clock.ts';
import { createLineUp } from './line-up.ts';
import { MethodFailure } from './method-failure.ts';
import { readPictures, type Picture } from './pictures.ts';
import type { Sampling } from './plan.ts';
import type { Probe } from './probe.ts';
import { readShown, type ShownFrame } from './shown-frames.ts';

/** A decoder may leave out the last few frames that a container lists without anything being wrong. */
const TAIL_SECONDS = 0.5;

/** ffmpeg itself turns the pictures of a file. */
const lookOf = ({ media: { width, height }, hdr }: Probe): Look => ({
  width,
  height,
  hdr,
  rotation: 0,
  flip: false,
});

/**
 * Decode a whole file and take an even spread of frames from it. It ends early, without an error, where the video
 * can't be decoded any further.
 * @param clock follows the decoder; complete when the pictures are
 * @returns a picture for each wanted time
 * @throws ExtractionFailure when there is not a single frame, or a retryable one
 */
export async function* decodeSampled(
  task: Task,
  sampling: Sampling,
  clock: FrameClock,
): AsyncGenerator<Picture> {
  const count = sampling.frames;
  const { threads } = task.limits;
  const args = [
    ...inputArguments(task.path, task.limits),
    ...outputArguments(task, selectSampled(sampling), lookOf(task.found), count, threads),
  ];
  const onLine = (line: string) => {
    clock.read(line);
    task.onLine(line);
    task.onProgress(clock.progress());
  };
  const run = startFfmpeg(task.program, { file: task.path }, args, onLine, task.signal);
  void run.told.then(() => clock.close());
  let produced = 0;
  let last: Picture | undefined;
  try {
    for await (const picture of readPictures(run, formatOf(task))) {
      const { pts = 0, n = 0 } = (await clock.next()) ?? {};
      last = { ...picture, timeUs: pts, sourceIndex: n };
      produced += 1;
      yield last;
    }
    await run.exit();
    if (!last) throw failureFromMessages(run.messages(), 'no_frames');
    // ffmpeg doesn't know how long some videos show their last frame; the probe does.
    if (decodedToTheEnd(clock, task.found)) for (; produced < count; produced += 1) yield last;
  } finally {
    await run.stop();
  }
}

/** Whether the decoder came to the last frame that the container holds. */
export function decodedToTheEnd(clock: FrameClock, { lastFrameSeconds }: Probe): boolean {
  return (clock.decodedSeconds() ?? -Infinity) >= lastFrameSeconds - TAIL_SECONDS;
}

/** So many numbers fit into one argument of a command (Linux: 128 KiB). */
const NUMBERS_AT_ONCE = 5000;

/**
 * Decode a whole file and take frames by their numbers. It ends early, as above. A decode for every 5000 numbers.
 * @param numbers places in the order of presentation, ascending, each once
 * @throws ExtractionFailure when there is not a single frame, or a retryable one; MethodFailure when the decoder gives
 *   other frames than the probe found
 */
export async function* decodeNumbered(task: Task, numbers: number[]): AsyncGenerator<Picture> {
  const runs = runsOf(numbers);
  let produced = 0;
  for (let first = 0; first < runs.length; first += NUMBERS_AT_ONCE) {
    for await (const picture of decodeRuns(task, runs.slice(first, first + NUMBERS_AT_ONCE))) {
      yield picture;
      task.onProgress((produced += 1) / numbers.length);
    }
  }
}

async function* decodeRuns(task: Task, runs: Run[]): AsyncGenerator<Picture> {
  const shown = createLineUp<ShownFrame>();
  const { threads } = task.limits;
  const numbers = runs.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, k) => first + k),
  );
  const args = [
    ...inputArguments(task.path, task.limits),
    ...outputArguments(task, selectNumbered(runs), lookOf(task.found), numbers.length, threads),
  ];
  const onLine = (line: string) => {
    const frame = readShown(line);
    if (frame) shown.push(frame);
    task.onLine(line);
  };
  const run = startFfmpeg(task.program, { file: task.path }, args, onLine, task.signal);
  void run.told.then(() => shown.close());
  let produced = 0;
  try {
    for await (const picture of readPictures(run, formatOf(task))) {
      const sourceIndex = numbers[produced] ?? 0;
      const timeUs = task.found.frames.timesUs[sourceIndex] ?? 0;
      const { pts = NaN } = (await shown.take()) ?? {};
      if (Math.abs(pts - timeUs) > 1) throw new MethodFailure('a decoder gave another frame than is listed');
      produced += 1;
      yield { ...picture, timeUs, sourceIndex };
    }
    await run.exit();
    if (produced === 0) throw failureFromMessages(run.messages(), 'no_frames');
  } finally {
    await run.stop();
  }
}
