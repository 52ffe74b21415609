import type { Adjustment } from './manifest.ts';
import type { Probe } from './probe.ts';
import { readShown } from './shown-frames.ts';
import { tellsDamage } from './warnings.ts';

/** What the decoders said on the way. */
export interface Ear {
  listen: (line: string) => void;
  /** A decoder begins anew: what an earlier one said does not count. */
  forget(): void;
  damaged(): boolean;
  adjustments(found: Probe): Adjustment[];
}

export function createEar(): Ear {
  let damaged = false;
  let interlaced = false;
  return {
    listen: (line) => {
      damaged ||= tellsDamage(line);
      interlaced ||= readShown(line)?.isInterlaced ?? false;
    },
    forget: () => {
      damaged = false;
      interlaced = false;
    },
    damaged: () => damaged,
    adjustments: ({ hdr }) => [
      ...(interlaced ? (['deinterlaced'] as const) : []),
      ...(hdr ? (['tone-mapped'] as const) : []),
    ],
  };
}
