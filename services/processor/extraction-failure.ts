import type { FailureCode } from '../../lib/failures.ts';

/** An expected end of an attempt without an archive. */
export class ExtractionFailure extends Error {
  override readonly name = 'ExtractionFailure';
  readonly code: FailureCode;
  /** The fault does not lie in the input: another attempt may succeed. */
  readonly retryable: boolean;

  constructor(code: FailureCode, detail: string, retryable = false) {
    super(`${code}: ${detail}`);
    this.code = code;
    this.retryable = retryable;
  }
}

/** A fault on our side: the store, the machine or the ffmpeg program. */
export function transientFailure(detail: string): ExtractionFailure {
  return new ExtractionFailure('attempts_exhausted', detail, true);
}

/** What ffmpeg's messages mean; the first match counts, so the precise ones stand before the general ones. */
const meanings: [RegExp, FailureCode | 'our_fault'][] = [
  // What starts ffmpeg has not come to it.
  [/^(?:bwrap|unshare|prlimit): /m, 'our_fault'],
  [/Number of streams exceeds max_streams/, 'corrupt_video'],
  // An index, or a packet, that asks for more memory than any video needs.
  [/error reading header\s.*Cannot allocate memory|^file:.*: Cannot allocate memory$/m, 'corrupt_video'],
  [/No such file or directory|Permission denied|Cannot allocate memory/, 'our_fault'],
  [/Unknown (?:encoder|decoder)|No such filter|Unrecognized option|Option \S+ not found/, 'our_fault'],
  [/exceeds specified max pixel count|Picture size \d{4,}x\d{4,} is invalid/, 'too_many_pixels'],
  [/matches no streams/, 'no_video_stream'],
  // Demuxers say so where a file ends within what they read; a disk that fails is much rarer than that.
  [/Input\/output error/, 'corrupt_video'],
  // An index is missing, or what it speaks of.
  [/moov atom not found|: partial file$/m, 'corrupt_video'],
  [/Format not on whitelist|Invalid data found|[Cc]ould not find codec parameters/, 'not_a_video'],
  [/Decoder .* not found|Decoding requested, but no decoder|Invalid argument/, 'not_a_video'],
];

/**
 * Why an ffmpeg run gave nothing, from its own words.
 * @param messages the end of its standard error; it goes to the log, never to a person
 * @param otherwise the code when none of the known messages is there
 */
export function failureFromMessages(messages: string, otherwise: FailureCode): ExtractionFailure {
  const found = meanings.find(([pattern]) => pattern.test(messages))?.[1] ?? otherwise;
  return found === 'our_fault' ? transientFailure(messages) : new ExtractionFailure(found, messages);
}
