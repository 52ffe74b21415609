import type { Job, RangeJob } from '../../../lib/contracts.ts';
import type { PacketReaders } from '../packets/packet-source.ts';
import { distinctFrames, planFrames } from '../plan.ts';
import type { FfmpegProgram } from '../ffmpeg-program.ts';
import type { ProbeLimits } from '../probe.ts';
import { openSource, taskOf } from '../source.ts';
import type { VideoPort } from '../video-port.ts';
import { runRange, type RangeTools, type Whole } from './run-range.ts';

/** What a helper works with. */
export interface HelperTools extends RangeTools {
  ffmpeg: FfmpegProgram;
  packets: PacketReaders;
  limits: ProbeLimits & { maxFrames: number };
  video: RangeTools['video'] & Pick<VideoPort, 'claim'>;
}

/**
 * Help with ranges of an extraction that another worker runs, for as long as there are any and nothing else waits. Its
 * source is fetched once. What goes wrong here costs a range, which is handed back.
 * @param worker the name by which this worker claims
 * @returns what was claimed next: other work, or null when there is none
 */
export async function help(
  tools: HelperTools,
  worker: string,
  first: RangeJob,
  shutdown: AbortSignal,
): Promise<Job | RangeJob | null> {
  await using opened = new AsyncDisposableStack();
  let preparing: Promise<Whole> | undefined;
  const prepare = () => (preparing ??= openWhole(tools, first, opened, shutdown));
  const { extractionId } = first;
  let work: Job | RangeJob | null = first;
  while (work && 'range' in work && work.extractionId === extractionId) {
    tools.logger.info('Helping with a range', { extractionId, range: work.range.number });
    try {
      await runRange(tools, work, prepare, () => undefined, shutdown);
    } catch (error) {
      if (!shutdown.aborted) tools.logger.warn('A range was handed back', { extractionId }, error);
      return null;
    }
    if (shutdown.aborted) return null;
    work = await tools.video.claim({ worker, helping: extractionId });
  }
  return work;
}

async function openWhole(
  tools: HelperTools,
  { recipe, source, range: { total } }: RangeJob,
  opened: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<Whole> {
  const { path, found, packets } = opened.use(await openSource(tools, source, signal));
  const plan = planFrames(recipe, found, tools.limits.maxFrames);
  // Workers of another release may read a video in another way.
  if (distinctFrames(plan).length !== total) throw new Error('This worker sees other frames in the video');
  return { task: taskOf(tools, { path, found }, { recipe, plan }, signal), packets };
}
