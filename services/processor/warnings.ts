import { decodedToTheEnd } from './decode-file.ts';
import type { Stream } from './extract.ts';
import type { Probe } from './probe.ts';

/** How the decoder says that it met pictures which it could not decode, or only in part. */
const DAMAGE =
  /: corrupt decoded frame in stream|^Error while decoding stream|Error submitting packet to decoder/;

/** Whether a line of ffmpeg's standard error tells of damage. */
export const tellsDamage = (line: string): boolean => DAMAGE.test(line);

/**
 * What the person should know about frames that are missing, or that stand in for others.
 * @param produced how many pictures came
 * @param damaged whether a decoder told of damage
 */
export function warningsOf(
  found: Probe,
  { plan, clock }: Stream,
  produced: number,
  damaged: boolean,
): string[] {
  const warnings = [...plan.warnings];
  const { media, declaredSeconds } = found;
  const isIncomplete = declaredSeconds !== null && declaredSeconds > media.durationSeconds;
  if (isIncomplete) {
    const [whole, part] = [declaredSeconds.toFixed(1), media.durationSeconds.toFixed(1)];
    warnings.push(`The file is incomplete: of ${whole} seconds only the first ${part} could be read.`);
  }
  if (produced < plan.frames.length) {
    warnings.push(`The video is damaged: only ${produced} of ${plan.frames.length} frames could be read.`);
  } else if (clock && !clock.reachedLastWanted() && !decodedToTheEnd(clock, found)) {
    const readable = (clock.decodedSeconds() ?? 0).toFixed(1);
    warnings.push(`The video is damaged after ${readable} seconds: later frames repeat the last good one.`);
  } else if (damaged && !isIncomplete) {
    // Where a file is cut off, its last picture is damaged as a matter of course.
    warnings.push('Parts of the video are damaged: some frames may look broken or repeat an earlier one.');
  }
  return warnings;
}
